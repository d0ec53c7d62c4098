"""How people word the constraints on the text itself: its length, words, letters, case, commas and language.

One entry per constraint id; each phrase stands under an example. See ``entries.py``.
"""

from __future__ import annotations

from hirkit.span.entries import (
    Entry,
    Fields,
    Says,
    absent,
    entry,
    exactly,
    language,
    measured,
    none_of,
    related,
    words,
)
from hirkit.span.phrases import Args, literal, quoted
from hirkit.span.quantities import NUMBER, count


def _letter(args: Args) -> Fields:
    letter = literal(args.get("letter", ""))
    sign = {"!": "exclamation (?:mark|point)", "?": "question mark", "#": "hashtag"}.get(
        str(args.get("letter")), "(?!)"
    )
    return {"letter": rf"{quoted('(?P<letter>[^ ])')}(?!\w)", "sign": sign, "plain": letter}


def _nth(args: Args) -> Fields:
    n = min(max(count(args.get("nth_paragraph")), 1), 10)
    name = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"][n - 1]
    nth = rf"(?:(?:the )?(?:very )?{name} (?:paragraph|one)|paragraph (?:number )?{n})"
    return {"nth": nth, "first": quoted(literal(args.get("first_word", "")))}


def _case(case: str, other: str) -> Says:
    none = f"(?:,? ?(?:and |with |and with )?no {other}(?: (?:are |is |should be )?(?:allowed|used))?)?"
    how = "[written] [entirely|completely|only|all|purely]"
    return (
        # "in all lowercase letters", "in English and in capital letters", "in lowercase, with no capital letters"
        (
            "aside",
            f"{how} (in|using|with) [only|nothing but] <english and>(?:with )?(?:all letters )?{case}"
            f"(?:,? and in english)?{none}<where>",
        ),
        # "in English, with no capital letters", "in English and no capital letters are allowed"
        ("aside", f"[written] in english,? [and] [have|with] no {other} [are allowed|is allowed|are used]"),
        # "in English", which the check asks for, too
        ("aside", "[only|entirely|written] (?P<aids>in) [only] english [only]"),
        # after "must be": "English and all lowercase"
        ("noun", f"[english,? and] {case}(?:,? and in english)?{none}"),
        # "all letters in your answer must be lowercase"
        (
            "clause",
            f"(all|every|each|all of) [the] (letters?|words?|characters?)(?: (?:in|of) <the thing>)? <should> be [in] "
            f"{case}",
        ),
        # "only use lowercase letters", "make it all lowercase"
        (
            "verb",
            "(only use|use only|use|stick to|keep to|use nothing but|write only|make <it>|keep <it> [in]|put <it> in)"
            f" {case}<where>",
        ),
        *absent(other),
        *none_of(other),
    )


TEXT: dict[str, Entry] = {
    "punctuation:no_comma": entry(
        *absent("[ASCII] commas?"),
        *none_of("commas?"),
        cue=r"\bcommas?\b",
    ),
    "length_constraints:number_words": entry(
        *measured("(words|word(?! \\w))"),
        # "the total number of words in your answer should be 90 or more"
        ("clause", "[make sure] [that] the total number of words(?: (?:in|of) <the thing>)? (is|should be) <q>"),
        # "a word count above 90"
        ("noun", "a (word count|length) [of] <q> [words]"),
        # "control the length of your reply", which only makes sense with a number
        ("clause", "[please] (control|limit) the (length|number of words)(?: of (?:your|the) \\w+)?"),
        # "a 90+ word note"
        ("before", "<number+>(-| )words?(?= \\w)"),
        cue=(
            rf"\b{NUMBER}\+?(?: or (?:more|less|fewer))?[- ]words?\b"
            r"|\bword (?:count|limit)|number of words|\bthan \d+\b"
        ),
        bound=related("relation", "num_words"),
    ),
    "length_constraints:number_sentences": entry(
        *measured("sentences?"),
        # "the number of sentences should be in the range of 7 to 9"
        ("clause", "the number of sentences(?: (?:in|of) <the thing>)? should be <in q>"),
        # "there should be at least 7 sentences"
        ("clause", "there (<should> be|are) <q> sentences?<where>"),
        cue=rf"\b(?:{NUMBER}|than|least|most|number of|total of)\b[^.?!\n]{{0,15}}\bsentences?\b|\bmake sentences\b",
        bound=related("relation", "num_sentences"),
    ),
    "length_constraints:number_paragraphs": entry(
        # "3 paragraphs, separated by ***"
        ("noun", "<q> <paragraphs><each separated by ***><e.g.:>"),
        # "3 paragraphs (with 3 stars *** between them)"
        ("noun", "<q> <paragraphs><*** aside>"),
        # "a three-paragraph fable"
        ("before", "<number+>(-| )paragraphs?(?= \\w)"),
        # "divide the story into 3 parts, where each part is separated with ***"
        (
            "verb",
            "(put|break|separate|divide|split|organize|structure) <it> [up|down] (in|into|to) <q> <paragraphs>"
            "<each separated by ***><e.g.:>",
        ),
        # "separate your thinking and the answer by a line with just three stars: ***"
        ("verb", "separate (?P<pair>(your|the|its)<a few words> and (your|the|its))<a few words> <by just ***>"),
        # "separate the paragraphs with ***"
        ("verb", "separate [the|each|nearby|your] (paragraphs?|parts?|sections?|stanzas?|them) <by ***><e.g.:>"),
        # "with the paragraphs separated by ***"
        ("aside", "with [the|all|all the] <paragraphs> separated <by ***>"),
        # "paragraphs are separated with the markdown divider: ***"
        (
            "clause",
            "[the|these] [two|three|four|five|2|3|4|5] (paragraphs|parts|sections) (are|<should> be) separated"
            " <by ***>",
        ),
        # "there should be 3 paragraphs"
        ("clause", "(there <should>|for there to) be <q> <paragraphs><where><each separated by ***>"),
        cue=r"\bparagraphs?\b|(?<!\*)\*{3}(?!\*)|\basterisks?\b|\bdivider\b|\bseparat(?:e|ed|or)\b",
        bound=exactly("num_paragraphs"),
    ),
    "length_constraints:nth_paragraph_first_word": entry(
        # "3 paragraphs separated by two new lines"
        ("noun", "<q> paragraphs?<where><each separated by blank lines>"),
        # "there should be 3 paragraphs"
        ("clause", "there <should> be <q> paragraphs [in total]<where><each separated by blank lines>"),
        # "separate them with two line breaks", "use two line breaks to separate the paragraphs"
        ("verb", "separate [the|each|nearby|your] (paragraphs?|them) <by blank lines>"),
        ("verb", "use <blank lines> to separate [the|each|your] (paragraphs?|them)"),
        # "paragraphs are separated by a blank line", "two new lines separate one paragraph from the next"
        (
            "clause",
            "[the] paragraphs [and only paragraphs] (are|<should> be) separated [(from|with) (each|one) (other"
            "|another)] <by blank lines>",
        ),
        ("clause", "<blank lines> [should] separate (one paragraph from the next|the paragraphs)"),
        # "paragraph 2 must start with the word meanwhile", "let it open with …"
        ("clause", "@nth@ [<should>] (start|begin|open)s? with [the] [word|words] @first@"),
        ("verb", "let @nth@ (start|begin|open) with [the] [word] @first@"),
        # "with the second paragraph starting with meanwhile"
        ("aside", "with @nth@ (starting|beginning|opening) with [the] [word] @first@"),
        # "the first word of paragraph 2 should be meanwhile"
        ("clause", "the first word (of|in) @nth@ (is|<should> be) [the] [word] @first@"),
        # "start the second paragraph with the word meanwhile"
        ("verb", "(start|begin|open) @nth@ with [the] [word] @first@"),
        cue=r"\bparagraphs?\b|\bnew ?lines?\b|\bblank lines?\b|\bline ?breaks?\b",
        fields=_nth,
        bound=exactly("num_paragraphs"),
    ),
    "keywords:existence": entry(
        # "the keywords 'kite' and 'wind'"
        ("noun", "<words?>@words@<where>"),
        # "the words 'kite' and 'wind' should be included"
        ("clause", "<words?>@words@ [<should>] <appear><where>"),
        cue=(
            r"\bkey ?words?\b[^.?!\n]{0,60}(?:@any@)|(?:word|phrase|term|include|mention|use)s?:? [\"'“]?(?:@any@)\b"
            r"|[\"'“‘](?:@any@)[\"'”’]"
        ),
        fields=words("keywords"),
    ),
    "keywords:forbidden_words": entry(
        *absent("<words?>@words@(?:,? etc\\.?,?)?"),
        # "no use of the word 'kite'"
        ("noun", "no [use of|mention of] <words?>@words@<where>"),
        # "Forbidden words: 'kite', 'wind'"
        ("clause", "(forbidden|banned|prohibited) (key ?words?|words?|terms?|phrases?):? @words@"),
        cue=(
            r"\bkey ?words?\b[^.?!\n]{0,60}(?:@any@)|(?:word|phrase|term)s?:? [\"'“]?(?:@any@)\b"
            r"|(?:not|avoid|without)[^.?!\n]{0,40}\b(?:@any@)\b"
        ),
        fields=words("forbidden_words"),
    ),
    "keywords:frequency": entry(
        # "the word kite should appear at least twice"
        ("clause", "[for] <words?>@words@ [<should>|to] <appear><where>,? <times><where>"),
        # after "use" or "include": "the word kite at least twice"
        ("noun", "<words?>@words@ [used|appearing|repeated|mentioned]<where>,? <times><where>"),
        # after "use" or "include": "at least two times the word kite"
        ("noun", "<times> <words?>@words@<where>"),
        # "do not use the word kite more than twice"
        ("verb", "(?P<no><not have>) <words?>@words@<where> <times><where>"),
        # "the word kite should not appear more than twice"
        ("clause", "<words?>@words@ (?P<no><should not>) <appear><where> <times><where>"),
        # "avoid mentioning 'kite'"
        *absent("<words?>@words@", never=True),
        cue=(
            r"(?:word|keyword|phrase|term|mention|mentioning|use|name)s? [\"'“]?(?:@any@)\b"
            r"|\b(?:@any@)[\"'”]?,? (?:should|must|appear|at least|at most|less than|more than|only)"
        ),
        fields=words("keyword"),
        bound=related("relation", "frequency"),
    ),
    "keywords:letter_frequency": entry(
        # "the letter q should appear 4 or more times"
        ("clause", "[the] letter @letter@ [<should>|to] <appear><where>,? <times><where>"),
        # after "include": "the letter q at least 4 times"
        ("noun", "[the] letter @letter@ [used|appearing]<where>,? <times><where>"),
        # "the exclamation mark at least 4 times", "at least 4 exclamation marks"
        ("noun", "[the] (@sign@)s?<aside><where>,? <times><where>"),
        ("noun", "<q> (@sign@)s?<aside><where>"),
        # "at least 4 hashtags, starting with '#'"
        ("noun", "<q> (exclamation marks?|hashtags|letters?) [signs?],? ?(?:starting with )?@letter@(?:'s)?<where>"),
        # "do not use the letter q more than 4 times"
        ("verb", "(?P<no><not have>) [any] [the] letter @letter@<where> <times><where>"),
        # "the letter q should not appear more than 4 times"
        ("clause", "[the] letter @letter@ (?P<no><should not>) <appear><where> <times><where>"),
        # "do not use the letter q"
        *absent("[the] letter @letter@", never=True),
        cue=r"\bletter [\"'“]?@plain@(?!\w)|[\"'“(]@plain@[\"'”)]",
        fields=_letter,
        bound=related("let_relation", "let_frequency"),
    ),
    "language:response_language": entry(
        # "entirely in Korean, no other language is allowed"
        (
            "aside",
            "[only|entirely|completely|written|exclusively] [only|entirely] in [only|just|entirely] [the] @language@"
            " [language]"
            " [only|alone|exclusively]<where><no other language>",
        ),
        # after "use": "only Korean"
        ("noun", "only [the] @language@ [language]<where><no other language>"),
        # "use Korean for the entire answer"
        (
            "verb",
            "use [only|just] [the] @language@ [language] [only] (for|in|throughout) <the thing><no other language>",
        ),
        # "no other language except Korean is allowed"
        (
            "clause",
            "no other languages? [except @language@|than @language@] (is|are|may be|should be) (allowed|used)"
            " [to be used]<where>",
        ),
        cue=r"@language@|\blanguage\b",
        fields=language,
    ),
    "change_case:capital_word_frequency": entry(
        # "words with all capital letters should appear fewer than 5 times"
        ("clause", "[the] <capital words> [<should>] <appear><where>,? <times><where>"),
        # "at least 5 words should be in all capital letters", "some words should be in capitals, but no more than 5"
        (
            "clause",
            "<q or some> words? [of it|in it|of <the thing>|in <the thing>] <should> be [written"
            "|put] [only] [in] <all upper case><where>",
        ),
        # "those all-caps words should appear at most 5 times"
        (
            "clause",
            "(those|these|such|the) (all(-| )caps|capitali(s|z)ed) words <should> <appear><where>,? <times><where>",
        ),
        # "the number of words in all capital letters should be less than 5"
        ("clause", "the number of <capital words> should be <q>"),
        # after "include some words in all capital letters": "there should be 3 to 5 such capitalized words"
        ("clause", "there should be <q> such capitalized words"),
        # "there should be at least 5 words in all capital letters"
        ("clause", "there (<should> be|are) <q> <capital words><where>"),
        # after "use": "words in all capital letters at least 5 times"
        ("noun", "<capital words><aside> <times><where>"),
        # after "include": "some words in all capital letters"
        ("noun", "<q or some> <capital words> [for emphasis]<where>"),
        # "make at least 5 words all caps"
        ("verb", "(make|write|put|set) <q or some> words? [in] <all upper case><where>"),
        # "use words with all capital letters to stress what matters", "capitalize a few words to …": some, that is
        ("verb", "(?P<some>use) <capital words> to (highlight|make|stress|show|emphasize|mark)(?: \\w+){1,3}"),
        (
            "verb",
            "capitali(s|z)e (?P<some>some|a few|several|certain) words(?: to (highlight|stress|show|emphasize|mark)"
            "(?: \\w+){1,3})?",
        ),
        # "limit the number of words with all capital letters to less than 5"
        ("verb", "limit the number of <capital words> to <q>"),
        cue=r"\bcapital|\ball[- ]caps\b|\bcapitals\b|\bupper ?case\b",
        bound=related("capital_relation", "capital_frequency"),
    ),
    "change_case:english_lowercase": entry(
        *_case("<all lower case>", "<capitals>"),
        # "do not capitalize any letters"
        ("verb", "<not> capitali(s|z)e [any|a single] [of] [your|the] (letters?|words?|thing)<where>"),
        cue=r"lower[- ]?case|\bcapital|\bupper ?case|\bin english\b|\bsmall letters\b",
    ),
    "change_case:english_capital": entry(
        *_case("<all upper case>", "<small letters>"),
        # "capitalize all your letters"
        ("verb", "capitali(s|z)e (all|every|each) [of] [your|the|single] (letters?|words?)<where>"),
        # "all letters should be capitalized"
        ("clause", "all letters(?: (?:in|of) <the thing>)? should be capitalized"),
        cue=r"\bcapital|\bcaps\b|upper[- ]?case|lower[- ]?case|\bin english\b",
    ),
}
