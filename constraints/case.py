"""Capitals and small letters."""

from __future__ import annotations

from constraints.args import Count, Relation, holds
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between
from constraints.hindsight import by_relation
from constraints.invisible import visible
from constraints.language import detected, looks_english
from constraints.needs import LanguageId, WordTokens
from constraints.sources import IFEVAL

LONG = "the sea was calm and all of the boats came home before the night"
"""Enough letters for a guess at the language, in the examples below."""


@constraint(
    "change_case:capital_word_frequency",
    (
        "Write {capital_relation} {capital_frequency:word} of your response in capital letters only.",
        "Your text should have {capital_relation} {capital_frequency:word} spelled entirely in capitals.",
    ),
    source=IFEVAL,
)
@draws(capital_frequency=between(2, 20))
@touches(sets="case", uses="language", floor="capital_frequency")
@hindsight(capital_frequency=by_relation("capital_relation", least=2))
@passes("I met A man.", tokens=str.split, capital_frequency=2, capital_relation="at least")
@passes("WELL-KNOWN, B2B U.S.A.", tokens=str.split, capital_frequency=3, capital_relation="at least")
@passes("Hello 42 you", tokens=str.split, capital_frequency=1, capital_relation="less than")
@fails("WELL-KNOWN", tokens=str.split, capital_frequency=2, capital_relation="at least")
@fails("GO NOW", tokens=str.split, capital_frequency=2, capital_relation="less than")
def capital_word_frequency(
    response: str, tokens: WordTokens, *, capital_frequency: Count, capital_relation: Relation
) -> Verdict:
    """That many of NLTK's word tokens are in capitals: they have a cased letter, and none in lower case.

    A hyphenated word is one token; "I", "A", "B2B" and "U.S.A." count.
    """
    n = sum(map(str.isupper, tokens(response)))
    return judged(holds(n, capital_relation, capital_frequency), f"{n} in capitals")


@constraint(
    "change_case:english_capital",
    (
        "Answer in English, using capital letters throughout.",
        "Write your whole response in English and in capitals; no lowercase letter may appear.",
    ),
    source=IFEVAL,
)
@touches(sets="case", uses="language", limits=True)
@passes("THE 2 SEAS.", detect={"THE 2 SEAS.": "en"}.get)
@passes("ԲԱՐԵՎ", detect={}.get)  # no language is English
@fails("The Sea.", detect={"The Sea.": "en"}.get)
@fails("123", detect={}.get)
@fails("HELLO WORLD", detect={"HELLO WORLD": "so"}.get)  # langdetect's guess: Somali
def english_capital(response: str, detect: LanguageId) -> Verdict:
    """The response has a cased letter, none in lower case, and langdetect takes it for English or for no language."""
    if not response.isupper():
        return judged(False, "not all in capitals")
    found = detected(response, detect)
    return judged(found in ("en", None), f"detected {found}")


@corrects(english_capital, "Lets a guess at the language of a few words decide, and passes what has no language.")
@passes("HELLO WORLD", detect={}.get)
@passes("IT IS 25 ºC.", detect={}.get)  # º has no capital
@passes(LONG.upper(), detect={LONG: "en"}.get)
@passes(LONG.upper(), detect={}.get)
@fails(LONG.upper(), detect={LONG: "nl"}.get)
@fails("Hello World", detect={}.get)
@fails("ԲԱՐԵՎ", detect={}.get)
@fails("123", detect={}.get)
def english_capital_fixed(response: str, detect: LanguageId) -> Verdict:
    """Upper-casing changes nothing, lower-casing does, and the response looks English.

    With 40 letters or more it does if langdetect says so of the lower-cased text; with fewer letters, or where
    langdetect finds no language, if all its letters are Latin.
    """
    text = visible(response)
    if text != text.upper() or text == text.lower():
        return judged(False, "not all in capitals")
    english = looks_english(text, detect)
    return judged(english, "in capitals" if english else "not English")


@constraint(
    "change_case:english_lowercase",
    (
        "Answer in English, using lowercase letters throughout.",
        "Write your whole response in English and in small letters; no capital letter may appear.",
    ),
    source=IFEVAL,
)
@touches(sets="case", uses="language", limits=True)
@passes("the 2 seas.", detect={"the 2 seas.": "en"}.get)
@passes("բարեւ", detect={}.get)  # no language is English
@fails("The sea.", detect={"The sea.": "en"}.get)
@fails("123", detect={}.get)
@fails("ok", detect={"ok": "sk"}.get)  # langdetect's guess: Slovak
def english_lowercase(response: str, detect: LanguageId) -> Verdict:
    """The response has a cased letter, no capital, and langdetect takes it for English or for no language."""
    if not response.islower():
        return judged(False, "not all in lower case")
    found = detected(response, detect)
    return judged(found in ("en", None), f"detected {found}")


@corrects(english_lowercase, "Lets a guess at the language of a few words decide, and passes what has no language.")
@passes("ok", detect={}.get)
@passes(LONG, detect={LONG: "en"}.get)
@passes(LONG, detect={}.get)
@fails(LONG, detect={LONG: "nl"}.get)
@fails("Ok", detect={}.get)
@fails("բարեւ", detect={}.get)
@fails("123", detect={}.get)
def english_lowercase_fixed(response: str, detect: LanguageId) -> Verdict:
    """Lower-casing changes nothing, upper-casing does, and the response looks English.

    With 40 letters or more it does if langdetect says so; with fewer letters, or where langdetect finds no language,
    if all its letters are Latin.
    """
    text = visible(response)
    if text != text.lower() or text == text.upper():
        return judged(False, "not all in lower case")
    english = looks_english(text, detect)
    return judged(english, "in lower case" if english else "not English")
