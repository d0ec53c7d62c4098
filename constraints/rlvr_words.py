"""RLVR-IFeval's rules about words, letters, case, commas and language: ids ``rlvr:<function>``.

The 25 functions behind Tülu 3's instruction data (rows with a ``func_name``) are not IFEval's: they count exactly, know
"around" and "at most", and mostly heed case. Their arguments keep their names. Where the correction of an IFEval rule
corrects one of theirs as well, it is called. More of them: ``rlvr_length.py``, ``rlvr_shape.py``, ``rlvr_whole.py``.
"""

from __future__ import annotations

from typing import Annotated

from annotated_types import Len, Predicate

from constraints.args import Count, Letter, Number, Text, Words
from constraints.case import LONG, english_capital_fixed, english_lowercase_fixed
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, often, passes, touches
from constraints.draws import between
from constraints.hindsight import language, nearby, those_met
from constraints.invisible import Seen, is_seen, occurrences, visible
from constraints.keywords import SeenWords, existence_fixed, forbidden_words_fixed
from constraints.language import Language, LanguageOrChinese, detected, response_language_fixed
from constraints.needs import LanguageId
from constraints.punctuation import no_comma, no_comma_of_any_script
from constraints.sources import RLVR
from constraints.text import lowered, words

SeenLetter = Annotated[str, Len(1, 1), Predicate(is_seen)]


@constraint(
    "rlvr:verify_keywords",
    (
        "Let each of these keywords appear in your response: {keyword_list}.",
        "Somewhere in your answer, mention {keyword_list}.",
    ),
    source=RLVR,
)
@touches(uses="language, spelling", writes="keyword_list")
@hindsight(keyword_list=those_met())
@passes("The SEA was calm.", keyword_list=["Calm", "sea"])
@passes("I hate it.", keyword_list=["ate"])  # inside a word
@fails("The sea was rough.", keyword_list=["calm", "sea"])
@fails("axb", keyword_list=["a.b"])
def verify_keywords(response: str, *, keyword_list: Words) -> Verdict:
    """Each keyword is found somewhere, literally, also inside a longer word; both are lower-cased."""
    missing = [word for word in keyword_list if word.lower() not in lowered(response)]
    return judged(not missing, f"{Number(len(missing)):keyword} missing")


@corrects(verify_keywords, "Finds keywords within other words, and misses them across a line break.")
@passes("The SEA was calm.", keyword_list=["Calm", "sea"])
@passes("Serve the ice\ncream.", keyword_list=["ice cream"])
@fails("I hate it.", keyword_list=["ate"])
@fails("The sea was rough.", keyword_list=["calm", "sea"])
def verify_whole_keywords(response: str, *, keyword_list: SeenWords) -> Verdict:
    """Each keyword occurs literally and as a whole word: no letter or digit touches a letter or digit at its ends.

    Case, line breaks and encoding make no difference; in scripts without spaces a keyword may stand anywhere.
    """
    return existence_fixed(response, keywords=keyword_list)


@constraint(
    "rlvr:verify_keyword_frequency",
    (
        'Use the word "{word}" exactly {N:time} in your response.',
        'The word "{word}" has to occur {N:time} in your answer, no more and no less.',
    ),
    source=RLVR,
)
@draws(N=between(1, 4))
@touches(uses="language, spelling, repetition", writes=often("word", "N"), limits=True)
@hindsight(N=nearby())
@passes("Art is ART; a party.", word="art", N=2)
@passes("Art’s _art_", word="Art", N=1)  # an underscore is a part of the word
@passes("Ice cream.", word="ice cream", N=0)  # two words, so never found
@fails("Art is art.", word="art", N=1)
@fails("Don't.", word="don't", N=1)
def verify_keyword_frequency(response: str, *, word: Text, N: Count) -> Verdict:
    r"""Exactly so many maximal runs of ``\w`` are the word, both lower-cased.

    A word with a space, hyphen or apostrophe in it is never found.
    """
    n = words(lowered(response)).count(word.lower())
    return judged(n == N, f"{n} found")


@corrects(verify_keyword_frequency, "Never finds a word with a hyphen, apostrophe or space, nor one in _emphasis_.")
@passes("Art is ART; a party. _art_", word="art", N=3)
@passes("Don’t.", word="don't", N=1)
@fails("Ice cream.", word="ice cream", N=0)
@fails("Art is art.", word="art", N=1)
def verify_whole_word_frequency(response: str, *, word: Seen, N: Count) -> Verdict:
    """The word or phrase occurs exactly so often, literally and whole: no letter or digit touches a letter or digit at
    its ends (in scripts without spaces it may stand anywhere). Case, line breaks and encoding make no difference.
    """
    n = occurrences(word, response)
    return judged(n == N, f"{n} found")


@constraint(
    "rlvr:validate_forbidden_words",
    (
        "Keep these words out of your response: {forbidden_words}.",
        "Your answer may contain none of the words {forbidden_words}.",
    ),
    source=RLVR,
)
@touches(uses="language", limits=True)
@hindsight(forbidden_words=those_met())
@passes("A calm sea.", forbidden_words=["storm"])
@passes("c at", forbidden_words=["cat"])
@fails("A STORM at sea.", forbidden_words=["rain", "Storm"])
@fails("Education.", forbidden_words=["cat"])  # inside a word
def validate_forbidden_words(response: str, *, forbidden_words: Words) -> Verdict:
    """No forbidden word is found anywhere, literally, not even inside a longer word; both are lower-cased."""
    found = [word for word in forbidden_words if word.lower() in lowered(response)]
    return judged(not found, f"{Number(len(found)):forbidden word}")


@corrects(validate_forbidden_words, "Finds forbidden words within other words; invisible characters hide them.")
@passes("Education.", forbidden_words=["cat"])
@passes("A calm sea.", forbidden_words=["storm"])
@fails("c\u200bat", forbidden_words=["cat"])
@fails("A STORM at sea.", forbidden_words=["rain", "Storm"])
def validate_forbidden_whole_words(response: str, *, forbidden_words: SeenWords) -> Verdict:
    """No forbidden word occurs literally and as a whole word: with no letter or digit touching a letter or digit at its
    ends (in scripts without spaces: anywhere). Case, line breaks, invisible characters and encoding hide nothing.
    """
    return forbidden_words_fixed(response, forbidden_words=forbidden_words)


@constraint(
    "rlvr:verify_letter_frequency",
    (
        'Make the letter "{letter}", written just so, appear exactly {N:time} in your response.',
        'Your answer must contain "{letter}" {N:time}, no more and no less; a capital is not a small letter.',
    ),
    source=RLVR,
)
@draws(N=between(1, 10))
@touches(sets="letters, spelling", uses="language, case")
@hindsight(N=nearby())
@passes("Anna", letter="n", N=2)
@passes("Anna", letter="A", N=1)
@passes("cafe\u0301", letter="é", N=0)
@fails("Anna", letter="A", N=2)
def verify_letter_frequency(response: str, *, letter: Letter, N: Count) -> Verdict:
    """The character, letter or not, occurs exactly so often, capitals and small letters told apart."""
    n = response.count(letter)
    return judged(n == N, f"{n} found")


@corrects(verify_letter_frequency, "Misses a letter whose accent is a character of its own.")
@passes("cafe\u0301", letter="é", N=1)
@passes("Anna", letter="A", N=1)
@fails("cafe\u0301", letter="e", N=1)
def verify_seen_letter_frequency(response: str, *, letter: SeenLetter, N: Count) -> Verdict:
    """The character, letter or not, occurs exactly so often, capitals and small letters told apart; a letter with its
    accent is one character, however it is encoded.
    """
    n = visible(response).count(visible(letter))
    return judged(n == N, f"{n} found")


@constraint(
    "rlvr:validate_response_language",
    (
        "Every part of your response must be in {language}; use no other language.",
        "Respond in {language} and in nothing else.",
    ),
    source=RLVR,
)
@touches(sets="language")
@hindsight(language=language())
@passes("Hallo zusammen.", detect={"Hallo zusammen.": "de"}.get, language="de")
@fails("Hello all.", detect={"Hello all.": "en"}.get, language="de")
@fails("12345", detect={}.get, language="de")
def validate_response_language(response: str, detect: LanguageId, *, language: Language) -> Verdict:
    """The main language of the response, as langdetect names it, is the one asked for.

    Where langdetect finds none the published code crashes, and the response fails. Parts in another language are not
    looked for. ``zh`` is no code of langdetect's.
    """
    found = detected(response, detect)
    return judged(found == language, f"detected {found}" if found else "no language found: the published code crashes")


@corrects(validate_response_language, "Knows Chinese by its two scripts only, and no zh.")
@passes("你好", detect={"你好": "zh-cn"}.get, language="zh")
@passes("Hallo zusammen.", detect={"Hallo zusammen.": "de"}.get, language="de")
@fails("Hello all.", detect={"Hello all.": "en"}.get, language="de")
@fails("12345", detect={}.get, language="de")
def validate_response_language_fixed(response: str, detect: LanguageId, *, language: LanguageOrChinese) -> Verdict:
    """The main language of the response, as langdetect names it, is the one asked for; where it finds none, the
    response fails. ``zh`` asks for Chinese in either script. Parts in another language are not looked for.
    """
    return response_language_fixed(response, detect, language=language)


@constraint(
    "rlvr:validate_uppercase",
    (
        "Reply in English, and in capital letters only.",
        "All of your response has to be English in capitals, without one small letter.",
    ),
    source=RLVR,
)
@touches(sets="case", uses="language", limits=True)
@passes("THE 2 SEAS.")
@passes("123")
@passes("ПРИВЕТ")
@fails("THE SEA is.")
def validate_uppercase(response: str) -> bool:
    """Upper-casing changes nothing in the response. The language is not looked at, nor whether there are letters."""
    return response == response.upper()


@corrects(validate_uppercase, "Passes a text without letters, and any language.")
@passes("HELLO WORLD", detect={}.get)
@passes(LONG.upper(), detect={LONG: "en"}.get)
@fails("Hello World", detect={}.get)
@fails("ПРИВЕТ", detect={}.get)
@fails("123", detect={}.get)
def validate_english_uppercase(response: str, detect: LanguageId) -> Verdict:
    """Upper-casing changes nothing, lower-casing does, and the response looks English.

    With 40 letters or more it does if langdetect says so of the lower-cased text; with fewer letters, or where
    langdetect finds no language, if all its letters are Latin.
    """
    return english_capital_fixed(response, detect)


@constraint(
    "rlvr:validate_lowercase",
    (
        "Reply in English, and in lowercase letters only.",
        "All of your response has to be English in small letters, without one capital.",
    ),
    source=RLVR,
)
@touches(sets="case", uses="language", limits=True)
@passes("the 2 seas.")
@passes("123")
@passes("привет")
@fails("The sea.")
def validate_lowercase(response: str) -> bool:
    """Lower-casing changes nothing in the response. The language is not looked at, nor whether there are letters."""
    return response == response.lower()


@corrects(validate_lowercase, "Passes a text without letters, and any language.")
@passes("hello world", detect={}.get)
@passes(LONG, detect={LONG: "en"}.get)
@fails("Hello world", detect={}.get)
@fails("привет", detect={}.get)
@fails("123", detect={}.get)
def validate_english_lowercase(response: str, detect: LanguageId) -> Verdict:
    """Lower-casing changes nothing, upper-casing does, and the response looks English.

    With 40 letters or more it does if langdetect says so; with fewer letters, or where langdetect finds no language,
    if all its letters are Latin.
    """
    return english_lowercase_fixed(response, detect)


@constraint(
    "rlvr:validate_no_commas",
    (
        "Leave commas out of your response altogether.",
        "Your answer must get by without a comma.",
    ),
    source=RLVR,
)
@touches(sets="commas", limits=True)
@passes("One; two: three.")
@passes("你好，世界")
@fails("One, two.")
def validate_no_commas(response: str) -> Verdict:
    """The response has no ASCII comma; the commas of other scripts do not matter."""
    return no_comma(response)


@corrects(validate_no_commas, "Only the ASCII comma counts, so that a Chinese or Arabic text may be full of commas.")
@passes("One; two: three。")
@fails("One, two.")
@fails("你好，世界")
def validate_no_commas_of_any_script(response: str) -> Verdict:
    """The response has no comma of any script: not the full-width, ideographic, small or Arabic one either."""
    return no_comma_of_any_script(response)
