r"""Sentences and words against NLTK 3.9.1.

golden/punkt_nltk391.json holds numbers and hashes, no text. Made with nltk 3.9.1 and the data below, once:

    for file in FILES:  # responses in file order
        for name, cut in (("sentences", nltk.sent_tokenize), ("words", nltk.word_tokenize)):
            cuts = [cut(json.loads(line)["response"]) for line in open(file)]
            {"count": sum(map(len, cuts)), "sha256": sha256(json.dumps(cuts).encode()).hexdigest()}
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import pickle
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints import punkt

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NLTK_DATA = SHARED / "nltk_data"
ENGLISH = "tokenizers/punkt_tab/english"
FILES = [f"{s}/responses_{m}.jsonl" for s in ("ifeval", "ifbench") for m in ("llama_3b", "qwen25_7b")]
needs_data = pytest.mark.skipif(not (NLTK_DATA / ENGLISH).is_dir(), reason=f"no punkt_tab in {NLTK_DATA}")
posix = pytest.mark.skipif(os.name != "posix", reason="mode bits say nothing here")
BUILT_IN = punkt.built_in_model()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    punkt._chosen_model.cache_clear()


@pytest.fixture
def look_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def only(*roots: Path) -> None:
        monkeypatch.setattr(punkt, "search_path", lambda: roots)
        punkt._chosen_model.cache_clear()

    return only


@pytest.fixture
def model(look_in: Callable[..., None]) -> punkt.SentenceModel:
    look_in(NLTK_DATA)
    return punkt.sentence_model()


def install(root: Path, **changed: str) -> Path:
    """A tiny punkt_tab of our own, private to us."""
    texts = {"abbrev_types": "dr\nst", "collocations": "st\tx", "ortho_context": "the\t32", "sent_starters": "the"}
    folder = root / ENGLISH
    folder.mkdir(parents=True)
    for name in punkt.FILES:
        (folder / name).write_text({**texts, **changed}[name.split(".")[0]], encoding="utf-8")
    for place in (root, *root.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    return root


def responses(file: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (SHARED / file).read_text(encoding="utf-8").splitlines()]


# --- the same as NLTK 3.9.1 ---


@needs_data
@pytest.mark.parametrize("file", FILES)
def test_every_real_response_is_cut_as_by_nltk_391(model: punkt.SentenceModel, file: str) -> None:
    golden = json.loads((Path(__file__).parent / "golden" / "punkt_nltk391.json").read_text())[file]
    texts = [row["response"] for row in responses(file)]
    for name, cuts in (
        ("sentences", [model(text) for text in texts]),
        ("words", [punkt.word_tokens(text, model) for text in texts]),
    ):
        made = {"count": sum(map(len, cuts)), "sha256": hashlib.sha256(json.dumps(cuts).encode()).hexdigest()}
        assert made == golden[name], name


@needs_data
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("  One. Two.  ", ["  One.", "Two."]),  # leading space stays
        ("“Stop!” She ran.", ["“Stop!” She ran."]),  # 3.10: two
        ('"Stop!" She ran.', ['"Stop!"', "She ran."]),
        ("(One.) Two.", ["(One.)", "Two."]),
        ("Dr. Smith met J. Bach. He left.", ["Dr. Smith met J. Bach.", "He left."]),
        ("It cost 3.50 dollars. 5. Five.", ["It cost 3.50 dollars.", "5.", "Five."]),
        ("Wait... what? No!! Yes.", ["Wait... what?", "No!!", "Yes."]),
        ("See e.g. this.", ["See e.g.", "this."]),  # punkt_tab does not know e.g.
        ("One.Two. Three", ["One.Two.", "Three"]),
        ("First.\n\n- second.\n- third", ["First.", "- second.", "- third"]),
        ("你好。世界。", ["你好。世界。"]),
        ("One.\u00a0Two. Three.", ["One.\u00a0Two.", "Three."]),  # a no-break space bounds no word
    ],
)
def test_sentences_by_hand(model: punkt.SentenceModel, text: str, expected: list[str]) -> None:
    assert list(model(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Good muffins cost $3.88, please.", "Good|muffins|cost|$|3.88|,|please|."),
        ("I can't. They'll say 'no'.", "I|ca|n't|.|They|'ll|say|'no|'|."),
        ('"Hi," she said.', "``|Hi|,|''|she|said|."),
        ("a–b —c", "a–b|—c"),  # 3.10 splits dashes off
        ("the 'tis CANNOT gonna wanna", "the|'t|is|CAN|NOT|gon|na|wan|na"),
        ("gİmme and ſo", "gİm|me|and|ſo"),
        ("'tiſ a'tis 'Tiſ", "'t|iſ|a'tis|'T|iſ"),  # a long s is an s; only after a space
        ("don’t (x) [y] a--b ... 5:30 a: b", "don|’|t|(|x|)|[|y|]|a|--|b|...|5:30|a|:|b"),
        ("End. )", "End|.|)"),
        ("I can't'll go", "I|can't|'ll|go"),  # both would need the space between them
        ("x'lln't so", "x'll|n't|so"),
    ],
)
def test_words_by_hand(text: str, expected: str) -> None:
    assert "|".join(punkt.word_tokens(text, BUILT_IN)) == expected


def random_texts() -> Iterator[str]:
    for seed in range(2000):
        draw = random.Random(seed)
        yield "".join(draw.choice(ATOMS) + draw.choice(("", "", " ")) for _ in range(draw.randint(1, 30)))


AS_391_CUTS = "20b3e77367bdc15af75bb2d907bef14729f30d237eb38a6b04f2e6bf611ee99e"
"""Of the sentences and words that nltk 3.9.1 makes of these texts, by the test below it."""


@needs_data
def test_random_texts_are_cut_as_nltk_391_cut_them(model: punkt.SentenceModel) -> None:
    found = [[model(text), punkt.word_tokens(text, model)] for text in random_texts()]
    assert hashlib.sha256(json.dumps(found).encode()).hexdigest() == AS_391_CUTS


@needs_data
@pytest.mark.skipif(importlib.metadata.version("nltk") != "3.9.1", reason="the law is about nltk 3.9.1")
def test_random_texts_are_cut_as_by_nltk_391(model: punkt.SentenceModel) -> None:
    import nltk

    nltk.data.path.insert(0, str(NLTK_DATA))
    made = [[nltk.sent_tokenize(text), nltk.word_tokenize(text)] for text in random_texts()]
    for text, (sentences, words) in zip(random_texts(), made, strict=True):
        assert list(model(text)) == sentences, text
        assert list(punkt.word_tokens(text, model)) == words, text
    assert hashlib.sha256(json.dumps(made).encode()).hexdigest() == AS_391_CUTS


CHARS = "\0\t\n\r\x0b\x1c\x85\xa0\ud800.?!\"'`,;:-()[]{}<>*@#&%_5xKéİıſß。—“”‘’«»"
WORDS = """... -- '' `` 3.14 1. A. Mr. etc. e.g U.S. x-inc. I. The the He it Smith said new york ##number## can not
    cannot gonna GONNA wanna 'tis d'ye more'n don't 's 'LL gİmme 'tiſ lemme can't n't N'T 'll 're 'VE ,: :, ,5"""
ATOMS = [" ", ".\n", " . ", *CHARS, *WORDS.split()]


# --- laws ---

texts = st.one_of(st.text(), st.lists(st.sampled_from(ATOMS)).map("".join))


@settings(deadline=None)
@given(texts)
def test_only_whitespace_is_lost_between_sentences(text: str) -> None:
    end = 0
    for sentence in BUILT_IN(text):
        start = text.index(sentence, end)
        assert not text[end:start].strip()
        assert sentence.strip()
        end = start + len(sentence)
    assert not text[end:].strip()


@settings(deadline=None)
@given(texts)
def test_words_lose_nothing_but_whitespace_and_kinds_of_quote(text: str) -> None:
    words = punkt.word_tokens(text, BUILT_IN)
    assert not any(re.search(r"\s", word) for word in words)
    assert re.sub(r"""["'`]""", "", "".join(words)) == re.sub(r"""["'`\s]""", "", text)


HOSTILE = [
    ". ",
    " .",
    "((((",
    '"',
    "'",
    "``",
    "word ",
    " ",
    "\n",
    ".",
    "?",
    "a.)",
    "a.\u00a0",
    "Dr. ",
    "A. ",
    "--",
    ", ",
]
HOSTILE += ['."\n', "Dr." + " " * 50, ").", "5", "\x1c", "’", "can", "cannot ", "\ud800", "\0. ", "' '", "Mr.\n", "。"]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize(("head", "tail"), [("", ""), ("Dr.", "x"), ("x ", ". Yes")])
def test_hostile_text_takes_linear_time(unit: str, head: str, tail: str) -> None:
    """100 KB of the worst (a quotation mark after each stop) takes 0.4 s here; quadratic would be minutes."""
    text = head + unit * (100_000 // len(unit)) + tail
    began = time.process_time()
    punkt.word_tokens(text, BUILT_IN)
    assert time.process_time() - began < 2


@needs_data
def test_threads_that_start_cold_agree_with_one(look_in: Callable[..., None]) -> None:
    look_in(NLTK_DATA)
    sample = [row["response"] for row in responses(FILES[0])[:64]]
    with ThreadPoolExecutor(16) as pool:
        many = list(pool.map(lambda text: (punkt.sentence_model(), punkt.sentence_model()(text)), sample))
    assert len({id(model) for model, _ in many}) == 1
    assert [cut for _, cut in many] == [punkt.sentence_model()(text) for text in sample]


def test_importing_and_cutting_does_not_import_nltk() -> None:
    code = "import sys; from constraints import punkt; punkt.sentence_model()('A.'); assert 'nltk' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


# --- the data ---


@needs_data
def test_published_data_is_known(model: punkt.SentenceModel) -> None:
    assert (model.name, model.digest) == ("punkt_tab/english", punkt.PUBLISHED)
    assert punkt.punkt_status() == punkt.PunktStatus("installed", str(NLTK_DATA / ENGLISH))
    assert pickle.loads(pickle.dumps(model)) == model


def test_missing_data_gives_the_built_in_list(look_in: Callable[..., None], tmp_path: Path) -> None:
    look_in(tmp_path)
    assert punkt.sentence_model() is BUILT_IN
    status = punkt.punkt_status()
    assert (status.state, status.mend) == ("missing", "hirkit data install")
    assert str(tmp_path) in status.why


def test_other_data_is_used_but_not_silently(look_in: Callable[..., None], tmp_path: Path) -> None:
    look_in(install(tmp_path / "own"))
    model = punkt.sentence_model()
    assert model.name == "punkt_tab/english"
    assert model.digest not in (punkt.PUBLISHED, BUILT_IN.digest)
    assert "verdicts may differ" in punkt.punkt_status().why
    assert model("Dr. No. St. The end.") == ("Dr. No.", "St.", "The end.")


@posix
@pytest.mark.parametrize("place", [".", "tokenizers", ENGLISH, f"{ENGLISH}/ortho_context.tab"])
@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_writable_data_is_refused(look_in: Callable[..., None], tmp_path: Path, place: str, bit: int) -> None:
    root = install(tmp_path / "its data")
    look_in(root)
    (root / place).chmod((root / place).stat().st_mode | bit)
    assert punkt.sentence_model() is BUILT_IN
    status = punkt.punkt_status()
    assert status.state == "refused"
    assert str(root / place) in status.why
    command = status.mend.split(" && ")[0]
    assert command == f"chmod -R go-w '{root}'"
    subprocess.run(command, shell=True, check=True)
    assert punkt.punkt_status().state == "installed"


@posix
@needs_data
def test_writable_data_with_the_published_bytes_is_used(look_in: Callable[..., None], tmp_path: Path) -> None:
    """A download under umask 002 is group-writable: a right verdict is worth more than a fright."""
    root = install(tmp_path / "data")
    for name in punkt.FILES:
        (root / ENGLISH / name).write_bytes((NLTK_DATA / ENGLISH / name).read_bytes())
    root.chmod(0o777)
    look_in(root)
    assert punkt.sentence_model().digest == punkt.PUBLISHED
    status = punkt.punkt_status()
    assert (status.state, status.mend) == ("installed", f"chmod -R go-w {root}")
    assert f"other accounts can write {root}" in status.why


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("abbrev_types.txt", b""),
        ("abbrev_types.txt", b"dr\tmr"),
        ("sent_starters.txt", b"\xff\xfe"),
        ("collocations.tab", b"st"),
        ("ortho_context.tab", b"the\t32\nan"),  # cut off in a word
        ("ortho_context.tab", b"the\t32\nan\t"),  # cut off before the number
        ("ortho_context.tab", b"the\tmany"),
        ("ortho_context.tab", None),
    ],
)
def test_damaged_data_is_explained(
    look_in: Callable[..., None], tmp_path: Path, file: str, content: bytes | None
) -> None:
    root = install(tmp_path / "data")
    (root / ENGLISH / file).unlink() if content is None else (root / ENGLISH / file).write_bytes(content)
    look_in(root)
    assert punkt.sentence_model() is BUILT_IN
    status = punkt.punkt_status()
    assert (status.state, status.path, status.mend) == ("damaged", str(root / ENGLISH), "hirkit data install")
    assert status.why.startswith("cannot be used")


def test_the_first_usable_folder_is_used(look_in: Callable[..., None], tmp_path: Path) -> None:
    look_in(install(tmp_path / "bad", abbrev_types=""), install(tmp_path / "good"))
    assert punkt.punkt_status().path == str(tmp_path / "good" / ENGLISH)


def test_windows_line_ends_change_no_cut(look_in: Callable[..., None], tmp_path: Path) -> None:
    look_in(install(tmp_path / "data", abbrev_types="dr\r\nst\r\n"))
    assert punkt.sentence_model().knowledge.abbreviations == {"dr", "st"}


def test_search_path_is_nltks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLTK_DATA", f"{tmp_path}{os.pathsep}")
    monkeypatch.delitem(sys.modules, "nltk.data", raising=False)
    assert punkt.search_path()[:3] == (tmp_path, Path("~/nltk_data").expanduser(), Path(sys.prefix) / "nltk_data")
    loaded = type(sys)("nltk.data")
    loaded.path = ["/mine"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nltk.data", loaded)
    assert punkt.search_path() == (Path("/mine"), tmp_path)


# --- the built-in list ---


def test_built_in_list_by_hand() -> None:
    text = "Dr. Smith met J. Bach at 5 p.m. on Monday, e.g. here. He left etc. The end. Option A. The best."
    assert BUILT_IN(text) == (
        "Dr. Smith met J. Bach at 5 p.m. on Monday, e.g. here.",
        "He left etc.",
        "The end.",
        "Option A.",
        "The best.",
    )


@needs_data
def test_built_in_list_counts_like_punkt(model: punkt.SentenceModel) -> None:
    """Measured: equal counts in 1606 of 1670 responses (96.2 %), none of 104 number_sentences verdicts different."""
    equal = [len(model(row["response"])) == len(BUILT_IN(row["response"])) for f in FILES for row in responses(f)]
    assert len(equal) == 1670
    assert sum(equal) >= 1606
    judged = 0
    for file in FILES[:2]:
        answers = {row["prompt"]: row["response"] for row in responses(file)}
        for row in map(json.loads, (SHARED / "ifeval/prompts.jsonl").read_text(encoding="utf-8").splitlines()):
            for kind, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
                if kind == "length_constraints:number_sentences":
                    counts = [len(cut(answers[row["prompt"]])) for cut in (model, BUILT_IN)]
                    assert len({count < kwargs["num_sentences"] for count in counts}) == 1, row["key"]
                    judged += 1
    assert judged == 104
