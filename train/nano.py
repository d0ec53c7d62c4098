"""The nano setting: instructions, a tokenizer and a tiny warmed-up model, made here, on a CPU, without downloads.

The instructions are real: ids, arguments and words are the registry's, and its checkers judge the responses (rule set
``fixed``). What is small is the world: eight nouns and six other words, ten kinds of constraints of which each is asked
once, texts of five to ten words that make grammar but no sense, and a tokenizer to which the whole sentence of a
constraint is one token, so that a small model soon learns what it says. Every instruction has a witness: what ``write``
writes for it. (``constraints.compatible`` is stricter: to it a last word and a last mark exclude each other.)

The model is warmed up on what ``write`` writes: first obeying everything, so that it learns what each constraint
means, then obeying each constraint with a small chance only, so that it knows how to follow but seldom does. That
leaves what HiR is about: a policy that fails nearly every instruction of many constraints, and nearly always partly.

Deterministic: the same settings give the same weights, bit for bit, with one number of torch threads on one machine.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from re import split as cut
from typing import TYPE_CHECKING, Any, Literal

from constraints import Constraint
from constraints.args import describe
from constraints.core import Args
from constraints.registry import get
from hirkit.layouts import compose
from hirkit.records import Instruction, UserError

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

RULES, LAYOUT = "fixed", "t6"
WORDS, SENTENCES = "length_constraints:number_words", "length_constraints:number_sentences"
RELATIONS = ("at least", "less than")
NOUNS = ("river", "moon", "tree", "bird", "stone", "wind", "fire", "rain")
ARTICLES, ADJECTIVES, VERBS = ("the", "every"), ("old", "calm"), ("sings", "sleeps")
FILLERS = ARTICLES + ADJECTIVES + VERBS
MARKS = {"period": ".", "exclamation mark": "!", "question mark": "?"}
POSITIONS, IGNORED = 256, -100
SPECIAL = PAD, USER, ASSISTANT, END, UNKNOWN = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<|unknown|>"
TEMPLATE = """{% for turn in messages %}
{% if turn.role == 'assistant' %}<|assistant|>{{ turn.content }}<|end|>{% else %}<|user|>{{ turn.content }}{% endif %}
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""
Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class NanoSettings:
    """How the base model is made: the shape of a Llama, and its warm-up by AdamW on ``batch`` texts a step.

    ``clean_share`` of the steps learn from a writer that obeys everything, the others, after them, from one that obeys
    each constraint with probability ``obey``. The instructions have ``least`` to ``most`` constraints.
    """

    d_model: int = 96
    layers: int = 2
    heads: int = 8
    steps: int = 1500
    batch: int = 64
    lr: float = 3e-3
    clean_share: float = 0.85
    obey: float = 0.2
    least: int = 1
    most: int = 9
    seed: int = 0

    @classmethod
    def tiny(cls) -> NanoSettings:
        """For tests: made in about two seconds, and able to do nothing."""
        return cls(d_model=32, layers=2, heads=2, steps=20, batch=32)


# ---- the instructions


@cache
def _ask(id: str, **args: Any) -> Constraint:
    """The constraint, in the first of its checker's wordings; a tuple stands for JSON's list."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in args.items()}
    return Constraint(id, plain, describe(get(id, RULES), plain))


KINDS: tuple[Callable[[Random, str], Constraint], ...] = (
    lambda chance, noun: _ask("keywords:existence", keywords=(noun,)),
    lambda chance, noun: _ask("first_word:first_word_answer", first_word=noun),
    lambda chance, noun: _ask("last_word:last_word_answer", last_word=noun),
    lambda chance, noun: (
        _ask("keywords:word_once", keyword=noun)
        if chance.random() < 0.5
        else _ask("keywords:frequency", keyword=noun, relation="at least", frequency=2)
    ),
    lambda chance, _: _ask("keywords:forbidden_words", forbidden_words=(chance.choice(FILLERS),)),
    lambda chance, _: _ask(WORDS, relation=chance.choice(RELATIONS), num_words=chance.randint(6, 9)),
    lambda chance, _: _ask(SENTENCES, relation=chance.choice(RELATIONS), num_sentences=chance.randint(2, 3)),
    lambda chance, _: _ask("case:style", style=chance.choice(("lower", "upper"))),
    lambda chance, _: _ask("punctuation:no_comma"),
    lambda chance, _: _ask("ends:mark", marks=(chance.choice(tuple(MARKS)),)),
)
"""What may be asked, given a noun that no other constraint of the instruction is about. Together they need five words
(a first, a last, one that occurs, one that occurs twice), and the shortest text that can be asked for has five.
"""


def instructions(seed: int, n: int, least: int, most: int, split: Split = "train") -> Iterator[Instruction]:
    """``n`` instructions of ``least`` to ``most`` constraints (1 to 10), each drawn from seed, split and its index.

    No task of one split is in the other, so that dropping or relaxing constraints does not lead from one to the other.
    """
    for index in range(n):
        yield _instruction(f"{split}-{seed}-{index}", least, most, split)


def _instruction(key: str, least: int, most: int, split: Split) -> Instruction:
    if not 1 <= least <= most <= len(KINDS):
        raise UserError(f"nano instructions have 1 to {len(KINDS)} constraints, not {least} to {most}")
    chance = Random(key)
    task = chance.choice(_tasks(split))
    nouns = chance.sample(NOUNS, len(NOUNS))
    kinds = chance.sample(range(len(KINDS)), chance.randint(least, most))
    constraints = tuple(KINDS[kind](chance, nouns[kind % len(nouns)]) for kind in kinds)
    prompt = compose(task, [str(constraint.text) for constraint in constraints], LAYOUT)
    return Instruction(key, prompt, constraints, task, LAYOUT)


@cache
def _tasks(split: Split) -> tuple[str, ...]:
    """A quarter of the combinations is held out: one for each noun, and its words are in others."""
    tasks = enumerate(product(ARTICLES, ADJECTIVES, NOUNS))
    return tuple(
        f"Write about {' '.join(words)}." for n, words in tasks if ((n // len(NOUNS) + n) % 4 == 0) == (split == "test")
    )


# ---- the writer


def write(instruction: Instruction, chance: Random, obey: float = 1.0) -> str:
    """A text that obeys each constraint with probability ``obey``, and is otherwise as chance has it.

    With 1 it passes every constraint of what ``instructions`` draws; of others it knows those with ids in ``KINDS``.
    """
    asked = {c.id: c.args for c in instruction.constraints if chance.random() < obey}
    count = _number(asked.get(WORDS), "num_words", 5, 10, chance)
    sentences = _number(asked.get(SENTENCES), "num_sentences", 1, 3, chance)
    starts = {0, *chance.sample(range(1, count), min(count, sentences) - 1)}
    words = _words(count, starts, _without(asked), instruction.task or "", chance)
    _place(words, asked, chance)
    return _put_together(words, starts, asked, chance)


def _number(args: Args | None, name: str, low: int, high: int, chance: Random) -> int:
    """A number as asked, from ``low`` to ``high`` if there is one."""
    if args is not None:
        low, high = (args[name], high) if args["relation"] == "at least" else (low, args[name] - 1)
    return max(1, chance.randint(min(low, high), high))


def _without(asked: Mapping[str, Args]) -> set[str]:
    """Words that are not to come by chance."""
    forbidden = asked.get("keywords:forbidden_words", {}).get("forbidden_words", ())
    return {*forbidden, asked.get("keywords:word_once", {}).get("keyword", "")}


def _words(count: int, starts: set[int], without: set[str], task: str, chance: Random) -> list[str]:
    """Articles, adjectives, nouns and verbs as they follow one another; the task's noun more often than others."""
    about = (*NOUNS, *[noun for noun in NOUNS if noun in task] * 4)
    words: list[str] = []
    for place in range(count):
        before = "" if place in starts else words[-1]
        if before in ARTICLES or before in ADJECTIVES:
            kind = chance.choice((ADJECTIVES, about)) if before in ARTICLES else about
        else:
            kind = VERBS if before in NOUNS else chance.choice((ARTICLES, about))
        words.append(chance.choice([word for word in kind if word not in without]))
    return words


def _place(words: list[str], asked: Mapping[str, Args], chance: Random) -> None:
    """Put the words that are asked for in the places of others."""
    first, last = "first_word:first_word_answer", "last_word:last_word_answer"
    if first in asked:
        words[0] = asked[first]["first_word"]
    if last in asked:
        words[-1] = asked[last]["last_word"]
    often = asked.get("keywords:frequency", {"keyword": "", "frequency": 0})
    once = asked.get("keywords:word_once")
    wanted = [*asked.get("keywords:existence", {}).get("keywords", ()), *([once["keyword"]] if once else ())]
    wanted += [often["keyword"]] * often["frequency"]
    free = range(first in asked, len(words) - (last in asked))
    for place, word in zip(chance.sample(free, min(len(free), len(wanted))), wanted, strict=False):
        words[place] = word


def _put_together(words: list[str], starts: set[int], asked: Mapping[str, Args], chance: Random) -> str:
    """Capitals, marks and commas."""
    style = asked.get("case:style", {}).get("style") or chance.choice(("sentence", "sentence", "lower", "upper"))
    ends = [MARKS[name] for name in asked.get("ends:mark", {}).get("marks", ())] or ["", *MARKS.values()]
    marks = {place - 1: chance.choice(tuple(MARKS.values())) for place in sorted(starts) if place}
    marks[len(words) - 1] = chance.choice(ends)
    gaps = [place for place in range(len(words)) if place not in marks]
    if gaps and "punctuation:no_comma" not in asked and chance.random() < 0.7:
        marks[chance.choice(gaps)] = ","
    if style == "sentence":
        words = [word.title() if place in starts else word for place, word in enumerate(words)]
    text = " ".join(word + marks.get(place, "") for place, word in enumerate(words))
    return text.upper() if style == "upper" else text


# ---- the tokenizer


def vocabulary() -> list[str]:
    """The pieces of text that are one token: words with a space before them (as text has them) and without (as quoted
    in a prompt), numbers, marks, all that stands between those in prompts, and each printable character.
    """
    lines = {f"\n{line}" for i in instructions(0, 400, len(KINDS), len(KINDS)) for line in i.prompt.split("\n")[2:]}
    phrases = {piece for line in lines for piece in cut(r'(?<=")[a-z]+(?=")|\d+', line)} - {""}
    singular = {phrase.replace("words ", "word ").replace("sentences ", "sentence ") for phrase in phrases}
    words = [*FILLERS, *NOUNS, " Write about"]
    words += [f" {style(word)}" for word in (*FILLERS, *NOUNS) for style in (str, str.title, str.upper)]
    pieces = ["\n", *map(chr, range(32, 127)), *map(str, range(10, 21)), *words, *sorted(lines | phrases | singular)]
    return list(dict.fromkeys(pieces))


def tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of that vocabulary: the cut with the fewest pieces. ``decode`` gives back what was encoded.

    A space is put before each text, and taken off in decoding, so that a word is the same token wherever it stands.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    scored = [(piece, -1.0) for piece in (*SPECIAL, *vocabulary())]
    backend = Tokenizer(models.Unigram(scored, unk_id=SPECIAL.index(UNKNOWN)))
    backend.normalizer = normalizers.Prepend(" ")
    backend.decoder = decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    backend.add_special_tokens(list(SPECIAL))
    made = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
        padding_side="left",
        model_max_length=POSITIONS,
    )
    made.chat_template = TEMPLATE
    return made


# ---- the model


def build(folder: Path, settings: NanoSettings, log: Callable[[str], None] = print) -> Path:
    """A folder in ``folder`` from which transformers loads the warmed-up model and its tokenizer.

    It is made where it is not there yet, and appears whole or not at all. Its name is a hash of settings,
    vocabulary and this file, so that equal runs share it; not of the number of threads, nor of versions of libraries.
    """
    made_of = json.dumps([asdict(settings), vocabulary()]).encode() + Path(__file__).read_bytes()
    done = folder / f"nano-{hashlib.sha256(made_of).hexdigest()[:12]}"
    if done.is_dir():
        return done
    making = folder / f".{done.name}-{os.getpid()}"
    making.mkdir(parents=True, exist_ok=True)
    try:
        tokens = tokenizer()
        warmed_up(tokens, settings, log).save_pretrained(making)
        tokens.save_pretrained(making)
        (making / "nano.json").write_text(json.dumps(asdict(settings), indent=2) + "\n")
        making.rename(done)
    except OSError:
        if not done.is_dir():  # else another run has made it meanwhile
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def warmed_up(tokens: PreTrainedTokenizerFast, settings: NanoSettings, log: Callable[[str], None]) -> LlamaForCausalLM:
    """A model that has learned from the writer; the loss is that of the response's tokens, the end included."""
    import torch

    def rate(step: int) -> float:  # up in a thirtieth of the steps, down along a cosine to a twentieth
        return min(1.0, 30 * (step + 1) / settings.steps) * (0.525 + 0.475 * math.cos(math.pi * step / settings.steps))

    started = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = _model(tokens, settings)
    log(f"nano: warming up {model.num_parameters():,} parameters, {len(tokens)} tokens, {settings.steps} steps")
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.lr, betas=(0.9, 0.98), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for step in range(1, settings.steps + 1):
        ids, targets = _batch(tokens, settings, step)
        learned = targets[:, 1:] != IGNORED
        hidden = model.model(input_ids=ids).last_hidden_state[:, :-1][learned]
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden), targets[:, 1:][learned])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0 or step == settings.steps:
            log(f"nano: step {step}, loss {loss.item():.3f}, {time.monotonic() - started:.0f} s")
    return model


def _model(tokens: PreTrainedTokenizerFast, settings: NanoSettings) -> LlamaForCausalLM:
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=settings.d_model,
        intermediate_size=settings.d_model * 8 // 3 // 8 * 8,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        max_position_embeddings=POSITIONS,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokens.eos_token_id,
        tie_word_embeddings=True,
        initializer_range=0.05,  # with the usual 0.02, so narrow a model attends to nothing for hundreds of steps
    )
    return LlamaForCausalLM(shape)  # type: ignore[no-untyped-call]


def _batch(tokens: PreTrainedTokenizerFast, settings: NanoSettings, step: int) -> tuple[Tensor, Tensor]:
    """Token ids and targets, padded on the right; ``IGNORED`` where nothing is to be learned."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    keys = [f"warm-up-{settings.seed}-{step}-{row}" for row in range(settings.batch)]
    asked = [_instruction(key, settings.least, settings.most, "train") for key in keys]
    obey = 1.0 if step <= settings.clean_share * settings.steps else settings.obey
    texts = [write(one, Random(f"writer-{one.key}"), obey) + END for one in asked]
    prompts = tokens([f"{USER}{one.prompt}{ASSISTANT}" for one in asked], add_special_tokens=False).input_ids
    pairs = list(zip(prompts, tokens(texts, add_special_tokens=False).input_ids, strict=True))
    ids = [torch.tensor(prompt + text) for prompt, text in pairs]
    targets = [torch.tensor([IGNORED] * len(prompt) + text) for prompt, text in pairs]
    return pad_sequence(ids, True, SPECIAL.index(PAD)), pad_sequence(targets, True, IGNORED)
