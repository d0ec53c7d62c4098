"""What is found sooner is what the plain definition finds: each shortcut against the definition it stands for."""

import re

from hypothesis import given
from hypothesis import strategies as st

from constraints.args import is_literal
from constraints.keywords import _is_whole_word, _occurs
from constraints.ratios import trigrams
from constraints.text import times_published, words
from hirkit.verify import loose_variants

TEXTS = st.text(st.sampled_from("aAbBsSkKiI_ 09.-'*\n\t\x1cıſİé\u212a你"), max_size=30)
KEYWORDS = st.text(st.sampled_from("aAbBsSkKiI_ 09-'é"), min_size=1, max_size=3)


@given(TEXTS)
def test_words_are_runs_of_word_characters(text: str) -> None:
    assert list(words(text)) == re.findall(r"\w+", text)


@given(KEYWORDS, TEXTS)
def test_literal_keywords_are_what_their_patterns_find(word: str, text: str) -> None:
    assert times_published(word, text) == len(re.findall(word, text, re.IGNORECASE))
    assert _occurs(word, text) == bool(re.search(word, text, re.IGNORECASE))
    assert _is_whole_word(word, text) == bool(re.search(rf"\b{word}\b", text, re.IGNORECASE))


@given(st.text(max_size=4))
def test_a_literal_is_matched_by_itself_alone(word: str) -> None:
    """Each of its characters stands for itself: as a pattern it matches itself, escaped or not."""
    if is_literal(word):
        assert word.isascii()
        assert re.sub(r"\\(.)", r"\1", re.escape(word)) == word
        assert re.fullmatch(word, word)
        assert not re.fullmatch(word, word + "x")


@given(st.text(st.sampled_from("ab* \n\r"), max_size=20))
def test_loose_variants_are_what_ifeval_defines(text: str) -> None:
    lines = text.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    plain = [text.replace("*", ""), *(one for part in cut for one in (part, part.replace("*", "")))]
    assert list(loose_variants(text)) == [one for one in dict.fromkeys(plain) if one.strip() and one != text]


@given(TEXTS)
def test_trigrams_are_all_windows(text: str) -> None:
    for long in (
        text,
        text + "ab\n" * 400 + "ab" * 600 + text,
    ):  # lines of a few characters, and of more than a thousand
        assert trigrams(long) == {long[i : i + 3] for i in range(len(long) - 2)}
