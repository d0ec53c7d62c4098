"""Texts that a model might write to hurt a checker: each made to length, from a description, by code of ours.

``INPUTS`` are 62, after a survey in which such texts crashed or stalled the published checkers; ``MORE`` are those on
which patterns of our own might go astray. ``text(name, n)`` has n characters or close to it; those in ``SHORT`` are as
they are, for what is odd about them is not their length. All are strings that Python can hold, not all can be written
to a file: some have lone surrogates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Make = Callable[[int], str]

PROSE = (
    "The lamp on the quay was lit at six, and nobody knew who had lit it. Dr. Hale asked the keeper; he shrugged. "
    '"It burns," he said, "because somebody wants it to." They walked on, past 3 boats and a dog.\n\n'
)


def once(text: str) -> Make:
    """Always the same text."""
    return lambda n: text


def over(piece: str) -> Make:
    """One piece over and over, at least once; never a part of it, or two lengths would differ in more than length."""
    return lambda n: piece * max(n // len(piece), 1)


def around(opens: str, closes: str, inside: str = "") -> Make:
    """As many of one as of the other, around something."""

    def make(n: int) -> str:
        times = (n - len(inside)) // (len(opens) + len(closes))
        return opens * times + inside + closes * times

    return make


def after(head: str, piece: str, tail: str = "") -> Make:
    """One piece over and over, between a beginning and an end."""
    return lambda n: head + over(piece)(max(n - len(head) - len(tail), 0)) + tail


def counted(template: str) -> Make:
    """A piece with another word in it each time, from "a" and "b" on: nothing is met twice."""

    def make(n: int) -> str:
        found, length = [], 0
        while length < n:
            digits = bin(len(found) + 1)[2:].replace("0", "a").replace("1", "b")
            found.append(template.format(digits))
            length += len(found[-1])
        return "".join(found[:-1])

    return make


SHORT: Mapping[str, Make] = {
    "empty": once(""),
    "spaces": once("   "),
    "ten newlines": once("\n" * 10),
    "no-break and ideographic spaces": once("\u00a0\u3000\u00a0\u3000"),
    "a zero-width space": once("\u200b"),
    "a byte order mark": once("\ufeff"),
    "NULs": once("\x00\x00\x00"),
    "a NUL in a word": once("Good mor\x00ning to you all."),
    "a lone surrogate in a sentence": once("Half of a \ud83d pair is no character."),
    "a lone surrogate": once("\udc00"),
    "one character": once("x"),
    "one full stop": once("."),
    "one dash": once("-"),
    "NaN": once("NaN"),
    "a JSON string": once('"only a string"'),
    "a JSON number": once("-12.5e3"),
    "JSON with a key twice": once('{"a": 1, "a": 2}'),
    "JSON in a fence with a language": once('```json\n{"a": [1, 2]}\n```'),
    "JSON in a fence, prose around": once('Here it is:\n\n```json\n{"a": 1}\n```\n\nI hope it helps.'),
    "marks only": once("?!;:,.()[]{}…—"),
    "asterisks only": once("*** ** *"),
    "quotes only": once("\"'“”‘’«»"),
    "two double quotes and a newline": once('""\n"'),
}

INPUTS: Mapping[str, Make] = {
    **SHORT,
    "writing direction reversed": over("abc \u202edef\u202c ghi. "),
    "a Chinese paragraph": over("今天天气很好，我们去公园散步。晚上下雨了！你呢？\n"),
    "joined emoji": over("👩‍👩‍👧‍👦👍🏽🇫🇷 ❤️‍🔥 "),
    "piled accents": over("z" + "\u0300\u0301\u0316\u0335" * 20),
    "Turkish i": over("İstanbul ılık İ i I ı. "),
    "eszett in capitals": over("STRAẞE STRASSE straße ﬁ ŉ. "),
    "digits only": over("1234567890"),
    "a deep JSON list": around("[", "]"),
    "a deep JSON object": around('{"a":', "}", "1"),
    "a very long whole number in JSON": over("7"),
    "newlines": over("\n"),
    "spaces without end": over(" "),
    "one long word": over("a"),
    "letters and full stops": over("a."),
    "full stops and spaces": over(". "),
    "opening angles": over("<"),
    "opening brackets": over("["),
    "asterisks": over("*"),
    "bullet points": over("* a\n"),
    "opening parentheses": over("("),
    "double quotes": over('"'),
    "prose": over(PROSE),
    "Chinese without a stop": over("汉字文章"),
    "one emoji, many times": over("🙂"),
    "section marks": over("Section 1 "),
    "dashes on lines of their own": over("-\n"),
    "letters and at signs": over("a@"),
    "one long address": after("https://example.org/", "a1/"),
    "bullets that end in CR LF": over("- one\r\n* two\r\n"),
    "CR alone": over("- one\r* two\r"),
    "line separators": over("one\u2028two\u2029"),
    "other line ends": over("one\x85two\x0bthree\x0c"),
    "bullets in code": over("```\n* a\n- b\n```\n"),
    "rules": over("---\n***\n___\n* * *\n"),
    "nested emphasis": over("***a **b *c* d** e*** _f __g___ "),
    "curly quotes": over("“He said ‘no’ and left,” she said. "),
    "full-width signs": over("Ａ，Ｂ！Ｃ？［name］（x）｛y｝。"),
    "nested tags": around("<i>", "</i>"),
    "a table of tabs": over("a\tb\t\tc\n"),
}

MORE: Mapping[str, Make] = {
    "unclosed tags with attributes": over('<a b="c" d='),
    "a tag of spaces": after("<a", " "),
    "unclosed comments": over("<!-- <![CDATA[ <? "),
    "entities that multiply": after('<!DOCTYPE x [<!ENTITY a "aaa">', '<!ENTITY b "&a;&a;&a;">', "]><x>&b;</x>"),
    "YAML aliases": after("a: &a [x, x]\n", "b: &b [*a, *a, *a]\n"),
    "quote marks of Markdown": over("> "),
    "quotes deeper and deeper": over("> > - > 1. "),
    "backticks": over("`"),
    "backticks of all lengths": lambda n: " ".join("`" * k for k in range(1, int((2 * n) ** 0.5) + 1))[:n],
    "fences that never close": over("```\n~~~\n````\n"),
    "stars that open": over("*a "),
    "stars and underscores that open": over("*a_ _b* "),
    "brackets that open links": over("[a]("),
    "backslashes": over("\\"),
    "pipes": over("|"),
    "rows of a table": over("|a|b|\n|-|-|\n"),
    "a table of one row": after("|a|\n|", "-"),
    "headings": over("# A\n"),
    "number signs": over("#"),
    "numbered lines": over("1. a\n"),
    "deeper and deeper lists": lambda n: "\n".join(" " * (2 * k) + "- a" for k in range(int(n**0.5)))[:n],
    "thousands": over("1,111"),
    "digits and dots": over("1.1"),
    "hyphenated": over("a-"),
    "apostrophes": over("a'"),
    "apostrophes alone": over("'"),
    "quotes by turns": over("\"'"),
    "opening curly quotes": over("“‘"),
    "postscripts": over("P.S. "),
    "postscripts in capitals and spaces": over("p. p "),
    "initials": over("U.S. A. "),
    "questions": over("Who? "),
    "exclamations": over("!"),
    "dots": over("."),
    "ellipses with brackets": over("a.) "),
    "abbreviations": over("e.g. Dr. "),
    "short lines": over("a\n"),
    "short paragraphs": over("a\n\n"),
    "blank lines with spaces": over(" \n"),
    "one space, one word": over("a "),
    "two words by turns": over("one two "),
    "palindromes": over("abba "),
    "no vowel": over("bcdfg "),
    "capitals": over("ABC "),
    "capitals in a word": over("aB"),
    "the alphabet": over("a b c d e f g h i j k l m n o p q r s t u v w x y z "),
    "decomposed accents": over("e\u0301"),
    "combining marks alone": over("\u0301"),
    "marks in and out of order": over("\u0301\u0316"),
    "jamo": over("\u1112\u1161\u11ab"),
    "joiners": over("\u200d"),
    "soft hyphens in words": over("a\u00ad"),
    "byte order marks": over("\ufeff"),
    "surrogates": over("\ud83d"),
    "NULs without end": over("\x00"),
    "regional indicators": over("\U0001f1e6"),
    "keycaps": over("1\ufe0f\u20e3"),
    "skin tones": over("\U0001f3fd"),
    "Thai": over("ภาษาไทยไม่มีช่องว่าง"),
    "Arabic": over("السلام عليكم، كيف حالك؟ "),
    "Hindi": over("नमस्ते दुनिया। "),
    "Vietnamese": over("Tiê\u0301ng Viê\u0323t "),
    "Greek in capitals": over("ΣΑΣ "),
    "mathematical letters": over("𝐀𝐛𝐜 "),
    "ligatures": over("ﷺ"),
    "no-break spaces": over("\u00a0"),
    "tabs": over("\t"),
    "carriage returns": over("\r"),
    "ideographic full stops": over("。"),
    "commas": over(","),
    "colons": over(":"),
    "hashtags and mentions": over("#a @b "),
    "dates": over("2026-11-21 "),
    "answers": over("My answer is yes. My answer is no. "),
    "six asterisks": over("a******"),
    "placeholders": over("[a]"),
    "titles": over("<<a>>"),
    "double angles that open": over("<<a "),
    "escaped quotes": over('\\"'),
    "JSON strings that never end": over('{"a": "'),
    "objects side by side": over('{"a": 1} '),
    "think tags": over("<think>"),
    "words that are all different": counted("{} "),
    "lines that are all different": counted("{}\n"),
    "sentences that are all different": counted("It is {}. "),
    "questions that are all different": counted("{}? "),
    "paragraphs that are all different": counted("A {}.\n\n"),
    "bullets that are all different": counted("- {}\n"),
    "headings that are all different": counted("## {}\n"),
    "sections of three lines": counted("# {}\n\n- a\n"),
    "rows that are all different": counted("| {} | b |\n"),
    "keys that are all different": lambda n: "{" + counted('"{}": 1, ')(n - 10) + '"a": {}}',
    "elements that are all different": counted("<{0}>a</{0}>"),
    "quotations that are all different": counted('"{}" '),
    "dividers between": counted("{}\n***\n"),
    "code blocks side by side": counted("```\n{}\n```\n"),
    "random": lambda n: "".join(chr(32 + (k * k * 31 + k * 17) % 95) for k in range(n)),
}


def text(name: str, n: int) -> str:
    """The input of a name, with about n characters."""
    return (INPUTS.get(name) or MORE[name])(n)
