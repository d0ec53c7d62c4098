"""What is fuzzed: every checker, every reader, the span rewriter; each a function of bytes that raises on a finding.

``tests/test_fuzz.py`` gives them bytes of hypothesis, ``fuzz.py`` those of a fuzzer that looks at coverage. The bytes
are choices, read one after the other (``Dice``): which checker, which arguments, which pieces of text. So the same
bytes do the same again, and few bytes are enough for an odd text.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import orjson

from constraints.args import describe, plain
from constraints.check import Check, bind
from constraints.core import Checker, Constraint, ConstraintError, Verdict
from constraints.draws import draw_args
from constraints.registry import declared, every
from constraints.testing import arguments_and_fakes, wrong_hindsight
from hirkit.formats import FORMATS
from hirkit.jsonl import Line, Source
from hirkit.layouts import LAYOUTS, compose
from hirkit.read import Item, Rows, read_items, read_prompts, read_requests
from hirkit.records import Rejected, UserError
from hirkit.span import Refused, remains, rewrite_span, states

T = TypeVar("T")

TASK = "Write a short note to a friend about the sea."
PIECES = (
    *" \n\t\r.,;:!?-*_#>`\"'|[]{}()<>=/\\&@%$^~+0159aAbBeEiIzZ",
    *(
        "\n\n",
        "***",
        "\n***\n",
        "******",
        "```",
        "```json\n",
        "<<",
        ">>",
        "- ",
        "* ",
        "1. ",
        "# ",
        "> ",
        "| a |",
        "|-|",
    ),
    *("P.S. ", "Dr. ", "e.g. ", "U.S. ", "...", "n't", "'s", "<a b='c'>", "</a>", "<!--", '{"a": 1}', "[1]", "NaN"),
    *("\x00", "\x0b", "\x85", "\u2028", "\u00a0", "\u200b", "\u200d", "\ufeff", "\u202e", "\u0301", "\u00ad", "\ufe0f"),
    *(
        "\ud83d",
        "\udc00",
        "İ",
        "ı",
        "ß",
        "ﬁ",
        "é",
        "e\u0301",
        "Σ",
        "ς",
        "Ａ",
        "，",
        "。",
        "！",
        "？",
        "“",
        "”",
        "‘",
        "’",
    ),
    *(
        "你好",
        "こんにちは",
        "안녕",
        "مرحبا",
        "नमस्ते",
        "ไทย",
        "🙂",
        "👩‍👧",
        "🇫🇷",
        "1\ufe0f\u20e3",
        "—",
        "…",
        "•",
        "½",
        "٣",
        "Ⅷ",
        "ª",
    ),
    *("the ", "a ", "I ", "word ", "words ", "Yes", "no", "one two three ", "My answer is yes.", "Section 1", "[name]"),
)
"""Of what texts are made: signs that some checker looks for, and characters that are not what they seem."""


class Dice:
    """Choices read from bytes, in order; when these are used up, always the first."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, n: int) -> bytes:
        """The next bytes; fewer where no more are left."""
        self.at += n
        return self.raw[self.at - n : self.at]

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return int.from_bytes(self.take(1 if n <= 256 else 3)) % n

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.below(len(options))]

    def chance(self) -> Random:
        """Chance that these bytes decide."""
        return Random(self.below(1 << 16))

    def text(self, also: Sequence[str] = ()) -> str:
        """A text of pieces, some of them many times; or of what the bytes are as UTF-8."""
        if self.below(16) == 15:
            return self.take(self.below(256)).decode("utf-8", errors="surrogateescape")
        pieces = [*also, *PIECES] if self.below(2) else list(also) or PIECES
        return "".join(self.pick(pieces) * self.pick((1, 1, 1, 1, 1, 2, 3, 40)) for _ in range(self.below(24)))

    def mangled(self, text: str) -> str:
        """A text with some of its parts gone, repeated, in another case, or with a piece put in."""
        for _ in range(self.pick((0, 0, 1, 1, 2, 6))):
            a, b = sorted((self.below(len(text) + 1), self.below(len(text) + 1)))
            part = text[a:b]
            changes = ("", part * 2, part.upper(), part.lower(), part[::-1], self.pick(PIECES) + part, part.title())
            text = text[:a] + self.pick(changes) + text[b:]
        return text


# --- every checker ---


@cache
def checkers() -> tuple[Checker, ...]:
    """All of them, of all rule sets."""
    return declared()


def some_args(checker: Checker, dice: Dice) -> dict[str, Any]:
    """The arguments of one of its examples, or drawn ones."""
    given = [arguments_and_fakes(checker, case)[0] for case in checker.cases]
    if dice.below(2):
        return dice.pick(given)
    try:
        return plain(draw_args(checker, dice.chance(), TASK))
    except ConstraintError:  # what only a type says cannot always be drawn
        return dice.pick(given)


@lru_cache(4096)
def _bound(index: int, args: str) -> Check:
    return bind(checkers()[index], json.loads(args))


def judge(raw: bytes) -> None:
    """A checker, arguments of its own, an odd text: pass or fail, the same one twice, and hindsight that keeps its law.

    An error verdict is a finding, unless the checker itself says what cannot be judged.
    """
    dice = Dice(raw)
    index = dice.below(len(checkers()))
    checker = checkers()[index]
    args = some_args(checker, dice)
    said = [value for value in args.values() if isinstance(value, str)]
    text = dice.text([*(case.response for case in checker.cases), *said, checker.says[0]])
    verdict = _bound(index, json.dumps(args))(text)
    assert isinstance(verdict, Verdict), verdict
    assert bool(verdict) is (verdict.status == "pass")
    assert verdict.status in ("pass", "fail", "error"), verdict
    assert verdict.status != "error" or not verdict.because.startswith(checker.where), verdict
    assert bind(checker, args)(text) == verdict
    if verdict.status == "fail" and dice.below(4) == 0:
        assert not list(wrong_hindsight(checker, args, text, [dice.text()], {}))


# --- every reader ---

_ASKED = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
_CHAT = [{"role": "user", "content": "Greet Ann."}, {"role": "assistant", "content": "Hi."}]
_NATIVE = {"task": "Greet Ann.", "constraints": [{"id": "punctuation:no_comma", "args": {}}]}
_SENTENCE = "The response must contain at most 90 words"
_COUNT = {"relation": "at least", "num_words": 3.0}
VALID: tuple[dict[str, Any], ...] = (
    {"key": 1, "prompt": "Greet Ann.", "response": "Hi.", **_ASKED},
    {"key": 1, "prompt": "Greet Ann.", "responses": ["Hi.", "Ho."], "model": "m"},
    {"prompt": "Greet Ann.", "response": "Hi.", "entropy": [0.5], "logprobs": {"content": [{"logprob": -1.0}]}},
    {"key": "a", "response": "Hi.", "truncated": False, **_NATIVE},
    {"key": 2, "response": "<think>Hm.</think>Hi.", **_NATIVE, "layout": "t1", "prompt": "Greet Ann. No comma."},
    {"key": 3, "response": "Hi.", "hindsight": _NATIVE, "meta": {"model": "m"}},
    {"id": 1, "conversations": _CHAT, "constraints": [["Length", "Words", _SENTENCE]]},
    {
        "question": "Greet Ann.",
        "criteria": ["Use no comma."],
        "ground_truth": _ASKED,
        "response": "Hi.",
        "q_type": "t1",
    },
    {
        "extra_info": {"question": "Do.", "criteria": ["No comma."]},
        "reward_model": {"ground_truth": json.dumps(_ASKED)},
    },
    {"messages": _CHAT, "ground_truth": str([{"instruction_id": ["punctuation:no_comma"], "kwargs": [None]}])},
    {"messages": _CHAT, "ground_truth": json.dumps({"func_name": "validate_lowercase", "N": None})},
    {
        "responses_create_params": {"input": _CHAT},
        "ground_truth": [{"func_name": "validate_title"}],
        "response": "<<a>>",
    },
    {"doc": {"key": 1, "prompt": "Do.", **_ASKED}, "resps": [["Hi."]]},
    {"__doc__": {"query": "Do.", "specific": {"instructions_id_list": ["punctuation:no_comma"], "kwargs": [None]}}}
    | {"__model_response__": {"text": ["Hi."]}},
    {"custom_id": "1", "response": {"status_code": 200, "body": {"choices": [{"message": {"content": "Hi."}}]}}},
    {"custom_id": "1", "body": {"messages": _CHAT[:1]}},
    {"input": "<|im_start|>user\nGreet Ann.<|im_end|>\n", "output": "Hi.<|im_end|>", "gts": json.dumps(_ASKED)},
    {"prompt": _CHAT[:1], "completion": _CHAT[1:]},
    {"messages": _CHAT},
    {"key": 1, "instruction_id_list": ["length_constraints:number_words"], "kwargs": [_COUNT], "prompt": "Greet Ann."},
)
"""Rows in all formats, to be damaged."""

_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, 2**63, "", "a", "\u200b", "{", "[1", '{"a": 1}', "[[]]", "nan"),
    *([], {}, [None], [[]], [{}], [1, "a"], [1e308, 1e308], {"a": None}, {"": ""}, {"role": "user"}, [["a", "b", "c"]]),
    *({"instruction_id_list": [], "kwargs": []}, {"id": "no:such", "args": {}}, "x" * 3000, "(" * 300, "[" * 2000),
)
ODD = (*map(json.dumps, _ODD), "[" * 800 + "]" * 800, '{"a":' * 800 + "1" + "}" * 800)
"""JSON of values that hardly belong where they are put."""
DEEPEST = 6


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything that a row holds."""
    if len(way) == DEEPEST or not isinstance(value, dict | list):
        return []
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [place for name, item in inside for place in ((*way, name), *_places(item, (*way, name)))]


def damaged(row: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """A row of which some fields are gone, odd, another's, or have another name."""
    row = json.loads(json.dumps(row))
    for _ in range(dice.below(4)):
        if not (places := _places(row)):
            break
        *way, last = dice.pick(places)
        holder: Any = row
        for step in way:
            holder = holder[step]
        change = dice.below(4)
        if change == 0 and isinstance(holder, dict):
            del holder[last]
        elif change == 1 and isinstance(holder, dict):
            holder[dice.pick(sorted({name for other in VALID for name in other}))] = holder.pop(last)
        elif change == 2:
            holder[last] = dice.text()
        else:
            holder[last] = json.loads(dice.pick(ODD))
    return row


def some_line(dice: Dice) -> bytes:
    """A line of a file: bytes, or a damaged row, perhaps with bytes put in."""
    if dice.below(8) == 7:
        return dice.take(dice.below(256)).replace(b"\n", b"")
    line = json.dumps(damaged(dice.pick(VALID), dice), ensure_ascii=bool(dice.below(2))).encode(
        "utf-8", "surrogatepass"
    )
    if dice.below(4) == 3:
        at = dice.below(len(line))
        line = line[:at] + dice.take(dice.below(8)) + line[at + dice.below(8) :]
    return line.replace(b"\n", b"")


GOOD = (
    b'{"key": 9, "prompt": "Last.", "response": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}'
)


def read(raw: bytes) -> None:
    """Lines read as responses, as prompts and as requests: each becomes items or a rejection, and can be written."""
    dice = Dice(raw)
    rules, form = dice.pick(("published", "fixed")), dice.pick((None, None, None, *FORMATS))
    lines = [Line("f", str(n), line) for n, line in enumerate([*(some_line(dice) for _ in range(2)), GOOD], start=1)]
    prompts = read_prompts(lines, "p", rules, form)
    assert len(prompts.rejected) + sum(map(len, prompts.by_prompt.values())) == len(lines)
    for known in (prompts, None):
        found = list(read_items(lines, Rows(known, rules, form)))
        assert all(isinstance(one, Item | Rejected) for one in found)
        assert {one.where if isinstance(one, Rejected) else one.response.where for one in found} == {
            line.where for line in lines
        }, "a row came to nothing"
        assert all(isinstance(one, Rejected) or one.response.text.encode("utf-8") is not None for one in found)
        orjson.dumps([[one.field, one.problem, one.raw] for one in found if isinstance(one, Rejected)])
    with suppress(UserError):
        read_requests(lines)
    _read_file(b"\n".join(line.raw for line in lines), dice)


def _read_file(content: bytes, dice: Dice) -> None:
    """The same as a file of some kind, whole or cut off: rows, or one sentence for the user."""
    ending = dice.pick((".jsonl", ".jsonl", ".jsonl.gz"))
    content = dice.pick((b"", b"[", b"\xef\xbb\xbf", b"\x1f\x8b")) + content + dice.pick((b"", b"]", b"\n", b"\r\n"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"f{ending}"
        path.write_bytes(content)
        with suppress(UserError):
            assert all(isinstance(line.raw, bytes) for line in Source(str(path)))


# --- the span rewriter ---


@cache
def worded() -> tuple[Checker, ...]:
    """The checkers that the rewriter may have to word."""
    return every("fixed")


def some_constraint(dice: Dice) -> tuple[Constraint, str]:
    """A constraint and words for it, perhaps its own ones in the prompt."""
    checker = dice.pick(worded())
    args = some_args(checker, dice)
    words = describe(checker, args, dice.below(2))
    return Constraint(checker.id, args, words if dice.below(2) else None), words


def rewrite(raw: bytes) -> None:
    """A prompt made of mangled wordings: a text or a refusal, the same one twice, and no word on the way is too odd."""
    dice = Dice(raw)
    asked, clauses = zip(*(some_constraint(dice) for _ in range(1 + dice.below(4))), strict=True)
    prompt = dice.mangled(compose(TASK, [dice.mangled(clause) for clause in clauses], dice.pick(list(LAYOUTS))))
    prompt = prompt * dice.pick((1, 1, 1, 1, 20))
    after = [dice.pick((constraint, None, _relaxed(constraint, dice))) for constraint in asked]
    added = [some_constraint(dice)[0]] if dice.below(4) == 3 else []
    for text, constraint in ((prompt, asked[0]), (prompt, asked[-1])):
        assert states(text, constraint, asked[1:]) in ("agrees", "disagrees", "not found")
        assert isinstance(remains(text, constraint), str | None)
    if (list(after) == list(asked) and not added) or not (added or any(after)):
        return
    result = rewrite_span(prompt, asked, after, added)
    assert isinstance(result, str | Refused), result
    assert rewrite_span(prompt, asked, after, added) == result


def _relaxed(constraint: Constraint, dice: Dice) -> Constraint:
    checker = next(checker for checker in worded() if checker.id == constraint.id)
    return Constraint(constraint.id, some_args(checker, dice))


TARGETS: Mapping[str, Callable[[bytes], None]] = {"checkers": judge, "readers": read, "rewriter": rewrite}
