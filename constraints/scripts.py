"""Chinese script, simplified or traditional, told apart by Python's own codecs.

GB 2312 is the character set of simplified Chinese, Big5 that of traditional. A character in the common part of one
that the other lacks belongs to that script: 1,204 simplified ones (们, 说), 2,083 traditional ones (們, 說). Against
the tables of zhconv 1.4.3 (MediaWiki's), 99.6 % of the former and 91 % of the latter are of that script alone; the
others are rare variants and names. No table is shipped, and nothing is installed.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from constraints.core import Verdict, judged
from constraints.declare import constraint, fails, hindsight, passes, touches
from constraints.hindsight import another
from constraints.invisible import visible
from constraints.sources import MULDIMIF
from constraints.text import whole_words

Script = Literal["simplified", "traditional"]
STRAY = 20
"""Of so many characters that tell the scripts apart, one may be of the other script: a name, a quotation, a variant."""


def _bytes(char: str, codec: str) -> bytes:
    try:
        return char.encode(codec)
    except UnicodeEncodeError:
        return b""


@cache
def only_in(script: Script) -> frozenset[str]:
    """The characters that belong to this script and not to the other.

    >>> "们" in only_in("simplified"), "們" in only_in("traditional"), "好" in only_in("simplified")
    (True, True, False)
    """
    own, other, last = ("gb2312", "big5", 0xD7) if script == "simplified" else ("big5", "gb2312", 0xC6)
    common = (char for char in map(chr, range(0x4E00, 0xA000)) if b"\x00" < _bytes(char, own)[:1] <= bytes([last]))
    return frozenset(char for char in common if not _bytes(char, other))


def is_ideograph(word: str) -> bool:
    """Whether a word, as ``whole_words`` cuts them, is a Chinese character."""
    return len(word) == 1 and ("\u3400" <= word <= "\u9fff" or "\U00020000" <= word <= "\U0003ffff")


@constraint(
    "script:chinese",
    ("Write in {script} Chinese.", "Your response must be in Chinese, with {script} characters."),
    source=MULDIMIF,
)
@touches(sets="language")
@hindsight(script=another())
@passes("你好", script="simplified")
@passes("你好", script="traditional")
@passes("我用iPhone。", script="simplified")
@passes("这" * 20 + "說", script="simplified")
@passes("這" * 2, script="traditional")
@fails("這" * 2, script="simplified")
@fails("这" * 19 + "說說", script="simplified")
@fails("12345", script="traditional")
@fails("The word 你好 means hello.", script="simplified")
@fails("你 a", script="traditional")
def chinese_script(response: str, *, script: Script) -> Verdict:
    """More than half of the words are Chinese characters, each of them a word, and they are of this script.

    Of the characters that only one of the scripts has, at most one in twenty is of the other script; a text with none
    of them is in both. "iPhone" is one word, and so is a number.
    """
    found = whole_words(visible(response))
    chinese = [word for word in found if is_ideograph(word)]
    stray = sum(char in only_in("traditional" if script == "simplified" else "simplified") for char in chinese)
    telling = stray + sum(char in only_in(script) for char in chinese)
    ok = len(chinese) * 2 > len(found) and stray * STRAY <= telling
    return judged(ok, f"{len(chinese)} of {len(found)} words are Chinese, {stray} of {telling} of the other script")
