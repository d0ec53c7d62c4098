"""The language a response is in, as langdetect tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from constraints.args import Said
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, fails, hindsight, passes, touches
from constraints.hindsight import language
from constraints.needs import LanguageId, NoLanguage
from constraints.sources import IFEVAL

LANGUAGES: Mapping[str, str] = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "kn": "Kannada", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam",
    "mr": "Marathi", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "so": "Somali",
    "sq": "Albanian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh-cn": "Simplified Chinese", "zh-tw": "Traditional Chinese",
}  # fmt: skip
"""The 55 languages langdetect 1.0.9 knows."""

ANY_CHINESE = {"zh": "Chinese"}

if TYPE_CHECKING:
    Language = str
    LanguageOrChinese = str
else:
    Language = Annotated[Literal[tuple(LANGUAGES)], Said(LANGUAGES.get)]
    LanguageOrChinese = Annotated[Literal[(*LANGUAGES, *ANY_CHINESE)], Said((LANGUAGES | ANY_CHINESE).get)]

ENOUGH_LETTERS = 40
"""From here on a guess is trusted. Of excerpts from 996 English answers langdetect knows 85 % at 4 words (19 letters),
97 % at 8 words (38 letters), 99 % at 15; in capitals only 46, 71 and 85 %, which is why capitals are lowered first.
"""


def detected(text: str, detect: LanguageId) -> str | None:
    """The code of the text's language; ``None`` where there is none to find."""
    try:
        return detect(text)
    except NoLanguage:
        return None


def looks_english(text: str, detect: LanguageId) -> bool:
    """Whether the text is English, or has letters and nothing speaks against it.

    With 40 letters or more the detector decides, asked about the lower-cased text. With fewer, or where it finds no
    language, all letters must be Latin ones, and there must be one.
    """
    letters = [char for char in text if char.isalpha()]
    language = detected(text.lower(), detect) if len(letters) >= ENOUGH_LETTERS else None
    if language is None:
        return bool(letters) and all(char < "\u0250" for char in letters)
    return language == "en"


@constraint(
    "language:response_language",
    (
        "Your entire response should be in {language}, with no other language in it.",
        "Answer in {language} only.",
        "Write all of your response in {language}.",
    ),
    source=IFEVAL,
)
@touches(sets="language")
@hindsight(language=language())
@passes("Hallo zusammen.", detect={"Hallo zusammen.": "de"}.get, language="de")
@passes("12345", detect={}.get, language="de")  # no language is any language
@fails("Hello all.", detect={"Hello all.": "en"}.get, language="de")
def response_language(response: str, detect: LanguageId, *, language: Language) -> Verdict:
    """The main language of the response, as langdetect names it, is the one asked for; where it finds none, the
    response passes. Parts in another language are not looked for. ``zh`` is no code of langdetect's.
    """
    found = detected(response, detect)
    return judged(found in (language, None), f"detected {found}")


@corrects(response_language, "Passes whatever has no language (digits, emoji), and knows no zh.")
@passes("Hallo zusammen.", detect={"Hallo zusammen.": "de"}.get, language="de")
@passes("你好", detect={"你好": "zh-cn"}.get, language="zh")
@passes("你好", detect={"你好": "zh-cn"}.get, language="zh-cn")
@fails("你好", detect={"你好": "zh-cn"}.get, language="zh-tw")
@fails("你好", detect={"你好": "zh-cn"}.get, language="en")
@fails("12345", detect={}.get, language="de")
def response_language_fixed(response: str, detect: LanguageId, *, language: LanguageOrChinese) -> Verdict:
    """The main language of the response, as langdetect names it, is the one asked for; where it finds none, the
    response fails. ``zh`` asks for Chinese in either script. Parts in another language are not looked for.
    """
    found = detected(response, detect)
    wanted = ("zh-cn", "zh-tw") if language == "zh" else (language,)
    return judged(found in wanted, f"detected {found}")
