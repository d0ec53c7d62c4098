"""Which word stands where: first, second, last, the mth of a sentence, the last of one and the first of the next."""

from __future__ import annotations

import re
import string
from itertools import pairwise

from constraints.args import Positive, Text
from constraints.core import Verdict, judged
from constraints.cut import google_sentences
from constraints.declare import constraint, corrects, draws, fails, formerly, hindsight, passes, touches
from constraints.draws import between
from constraints.hindsight import nearby
from constraints.invisible import folded, visible
from constraints.needs import FirstTag, Sentences, WordTokens
from constraints.sources import IFBENCH
from constraints.text import whole_words

_MARKUP = str.maketrans("", "", "*_`#>")
_OPENING = re.compile(r"\w.{,300}", re.DOTALL)
"""The first word and enough of what follows it to tag it."""

_ORDERS = """
    accept achieve add analyze apply arrange ask assess avoid bake begin believe blend boil breathe bring build buy
    calculate call carry catch celebrate check choose chop clap climb collect combine come compare compose confirm
    connect consider cook count create cut decide define deliver describe determine discover discuss dive divide do
    draw drink drive drop eat edit embark embrace encourage enjoy ensure establish evaluate examine explain explore
    extend fill find finish fix flip fold follow forget fry gather generate get give go grab greet grow harness
    highlight hike hold identify ignore imagine implement improve include insert introduce invest investigate invite
    join jump keep knock launch learn let lift listen locate look make meditate meet mix navigate organize pack pay
    perform pick pour prepare preserve promote protect provide pull push put raise read recall recommend reduce reflect
    relax remain remember remind remove replace respond ride rinse run save say see seek select send serve set shake
    simmer simplify sing sit solve speak specify spend spread stand start stay stop submit suggest summarize swap swim
    swing switch take tap teach tell thank think throw transform translate treat try turn understand unleash unlock
    upload use verify visit visualize wait wake walk wander want wash watch wear whisper wrap write
"""
"""What is an order at the start of a text, though the tagger often takes it for a name; no mass nouns, no names."""

_AFTER_NOUNS = "is are was were has had can will would could should may of 's ’"
"""What may follow a noun, but no order; the last two are how a possessive is cut."""


@constraint(
    "words:start_verb",
    (
        "Make the very first word of your response a verb.",
        "Your answer has to open with a verb.",
    ),
    source=IFBENCH,
)
@touches(sets="opening", uses="language")
@passes("Write it.", word_tokens=str.split, first_tag=lambda tokens: "VB" if tokens == ["Write", "it."] else "NN")
@passes("Writing it.", word_tokens=str.split, first_tag=lambda tokens: "VBG")
@fails("It is.", word_tokens=str.split, first_tag=lambda tokens: "PRP")
def start_verb(response: str, word_tokens: WordTokens, first_tag: FirstTag) -> Verdict:
    """The first token is tagged as a verb in any form, ``VB`` to ``VBZ``, by NLTK's tagger; modals (``MD``) are none.

    Marks are tokens, so a response that opens with a quote or with ``**`` fails; and the tagger takes many an order
    ("Run to …") for a name.
    """
    tag = first_tag(word_tokens(response))
    return judged("VB" in tag, f"tagged {tag}")


@corrects(start_verb, "Takes markdown or a quote for the first word, and many an order for a name.")
@passes("Save the can", word_tokens=str.split, first_tag=lambda tokens: "NNP")
@passes("“ **Smile** a bit.", word_tokens=str.split, first_tag=lambda tokens: "VB" if tokens[0] == "Smile" else "NN")
@passes("Walk", word_tokens=str.split, first_tag=lambda tokens: "NNP")
@fails("Run of the mill.", word_tokens=str.split, first_tag=lambda tokens: "NNP")
@fails("Paris is it.", word_tokens=str.split, first_tag=lambda tokens: "NNP")
@fails("To run", word_tokens=str.split, first_tag=lambda tokens: "TO")
@fails("...", word_tokens=str.split, first_tag=lambda tokens: "")
def start_verb_fixed(response: str, word_tokens: WordTokens, first_tag: FirstTag) -> Verdict:
    """The first word is a verb: the tagger says so, or it is one of some 200 that open orders ("Run to the store").

    Markdown's signs are not read, and quotes and other marks before the word are passed over. Where "is", "of", "'s"
    or the like follows, the word may be a noun, and the tagger alone decides; a modal is no verb to it.
    """
    opening = _OPENING.search(visible(response).translate(_MARKUP))
    tokens = word_tokens(opening[0]) if opening else ()
    tag = first_tag(tokens)
    words = [token.lower() for token in tokens[:2]]
    noun = any(word in _AFTER_NOUNS.split() for word in words[1:])
    order = any(word in _ORDERS.split() for word in words[:1]) and not noun
    return judged("VB" in tag or order, f"tagged {tag}{', but opens an order' * order}")


_EDGE = string.punctuation + " "
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>")


def _first(sentence: str) -> list[str]:
    return sentence.lstrip(_EDGE).lower().split()[:1]


def _last(sentence: str) -> list[str]:
    return sentence.rstrip(_EDGE).lower().split()[-1:]


def _broken(cut: tuple[str, ...]) -> int:
    """How many sentences do not end on the word that the next one starts with."""
    return sum(_last(one) != _first(following) or not _last(one) for one, following in pairwise(cut))


@constraint(
    "words:last_first",
    (
        "Start each sentence but the first with the word that ended the sentence before it.",
        "The word on which a sentence ends has to be the one with which the next sentence begins.",
    ),
    source=IFBENCH,
)
@touches(sets="sentence edges", uses="repetition, neighbours")
@passes('I see you!)\n"You go.\nGO on', sentences=str.splitlines)
@passes("!!!", sentences=str.splitlines)
@fails("I see you.\nYou, go.", sentences=str.splitlines)
@fails("Go.\n!!!\nGo.", sentences=str.splitlines)
@fails("!!!\n!!!", sentences=str.splitlines)
@fails("“Go.”\nGo.", sentences=str.splitlines)
def last_first(response: str, sentences: Sentences) -> Verdict:
    """The last word of each sentence is the first of the next; words stand between spaces and case is ignored.

    ASCII punctuation before a sentence's first word and after its last is not read, that on the other side of the word
    is, and so is a curly quote. A sentence of punctuation fails, unless it is the only one.
    """
    broken = _broken(tuple(sentences(response)))
    return judged(not broken, f"{broken} of the sentences not taken up")


@formerly(last_first, "ifbench@2025-07", "Other sentences; crashes (here: fails) if one of several has no word.")
@passes("Call me Dr. No! No no? no")
@fails("Yes?! Yes")
@fails("No. Yes.")
def last_first_2025(response: str) -> Verdict:
    """The last word of each sentence is the first of the next; words stand between spaces and case is ignored.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !, and a sentence of
    punctuation fails, unless it is the only one.
    """
    broken = _broken(google_sentences(response))
    return judged(not broken, f"{broken} of the sentences not taken up")


@corrects(last_first, "Stumbles over a sentence of marks, over the comma after a first word, and over curly quotes.")
@passes("I see “you.”\n!!!\n**You**, then, can't\nCan’t you?", sentences=str.splitlines)
@passes("Go.", sentences=str.splitlines)
@fails("I see you.\nI go.", sentences=str.splitlines)
@fails("!!!", sentences=str.splitlines)
def last_first_fixed(response: str, sentences: Sentences) -> Verdict:
    """The last word of each sentence is the first of the next. A single sentence is fine, but there must be a word.

    A word is letters and digits, joined by apostrophes and hyphens; marks are not read, nor sentences of marks alone.
    """
    cut = [words for sentence in sentences(response) if (words := whole_words(folded(sentence)))]
    broken = sum(one[-1] != following[0] for one, following in pairwise(cut))
    return judged(bool(cut) and not broken, f"{broken} of the sentences not taken up")


def _line_words(line: str) -> list[str]:
    return line.strip().lower().strip(_EDGE).split()


@constraint(
    "words:paragraph_last_first",
    (
        "Let every paragraph end on the very word it starts with; a line break ends a paragraph.",
        "Write each paragraph on a line of its own, and use one word both to open and to close it.",
    ),
    source=IFBENCH,
)
@touches(sets="opening, ending, lines", uses="repetition")
@passes("The cat and “the\" the.\n \n***\n (Dogs like dogs'.)\nAlone!")
@passes("***")
@fails("Cat, dog and cat.")
@fails("The cat, the\nA dog")
@fails("“The the")
def paragraph_last_first(response: str) -> Verdict:
    """The first and the last word of each line are the same, case aside; words stand between spaces.

    ASCII punctuation at the ends of the line is not read, but that after the first word is, and so are curly quotes.
    Lines without words are passed over, and a line of one word is fine.
    """
    broken = sum(words[:1] != words[-1:] for words in map(_line_words, response.split("\n")))
    return judged(not broken, f"{broken} of the lines end on another word")


@formerly(paragraph_last_first, "ifbench@2025-07", "Crashes (here: fails) at a line of punctuation, such as ***.")
@passes("The cat and the.\n \nAlone!")
@fails("The cat, the\nA dog")
@fails("The the\n***")
def paragraph_last_first_2025(response: str) -> Verdict:
    """The first and the last word of each line are the same, case aside; words stand between spaces.

    ASCII punctuation at the ends of the line is not read. Blank lines are passed over, but at a line of punctuation
    alone the published code crashes, which HIR takes for a failure.
    """
    lines = [_line_words(line) for line in response.split("\n") if line.strip()]
    crashed = [] in lines
    broken = sum(words[:1] != words[-1:] for words in lines)
    because = "crashes at a line without words" if crashed else f"{broken} of the lines end on another word"
    return judged(not broken and not crashed, because)


@corrects(paragraph_last_first, "Reads a comma or a curly quote as a part of the first word; passes a text of marks.")
@passes("Cat, dog and cat.\n***\n\n**“Can’t** you?” I can't.\nAlone!")
@passes('<p class="a"><b>Dogs</b> like dogs.</p>\n</ul>')
@fails("Cat, dog and cats.\nA dog, a")
@fails("<p>Cats like dogs.</p>")
@fails("***")
def paragraph_last_first_fixed(response: str) -> Verdict:
    """The first and the last word of each line are the same. A line of one word is fine, but there must be a word.

    A word is letters and digits, joined by apostrophes and hyphens; other marks, lines of marks alone, HTML tags and
    case are not read.
    """
    text = _TAG.sub(" ", response)
    lines = [words for line in text.splitlines() if (words := whole_words(folded(line)))]
    broken = sum(words[0] != words[-1] for words in lines)
    return judged(bool(lines) and not broken, f"{broken} of the lines end on another word")


@constraint(
    "words:keywords_specific_position",
    (
        'In sentence number {n} of your response, word number {m} must be "{keyword}".',
        'Make "{keyword}" word number {m} of sentence number {n}.',
    ),
    source=IFBENCH,
)
@draws(n=between(1, 4), m=between(2, 6))
@touches(uses="language, spelling, sentences, opening", writes="keyword")
@hindsight(m=nearby())
@passes("Yes.\nWell , the CAT is", sentences=str.splitlines, word_tokens=str.split, keyword=" Cat", n=2, m=3)
@passes("I do n't.", sentences=str.splitlines, word_tokens=str.split, keyword="n't.", n=1, m=3)
@fails("So it is.", sentences=str.splitlines, word_tokens=str.split, keyword="it", n=1, m=1)
@fails("So it is.", sentences=str.splitlines, word_tokens=str.split, keyword="it", n=2, m=2)
@fails("So it is.", sentences=str.splitlines, word_tokens=str.split, keyword="it", n=1, m=4)
def keywords_specific_position(
    response: str, sentences: Sentences, word_tokens: WordTokens, *, keyword: Text, n: Positive, m: Positive
) -> Verdict:
    """Of the nth sentence, the mth token that has a letter or a digit is the keyword; case is ignored.

    Tokens are those of NLTK's ``word_tokenize``: "didn't" is two of them, a hyphenated word is one.
    """
    tokens = [token for sentence in sentences(response)[n - 1 : n] for token in word_tokens(sentence)]
    words = [token for token in tokens if any(char.isalnum() for char in token)]
    found = words[m - 1 : m]
    return judged([token.lower() for token in found] == [keyword.strip().lower()], f"found {found!r:.60}")


@formerly(keywords_specific_position, "ifbench@2025-07", "Other sentences; marks count as words, and case counts.")
@passes("Yes! The , cat .", word_tokens=str.split, keyword=" cat ", n=2, m=3)
@fails("Yes! The , cat .", word_tokens=str.split, keyword="Cat", n=2, m=3)
@fails("Yes! The , cat .", word_tokens=str.split, keyword="cat", n=2, m=2)
@fails("Yes! The , cat .", word_tokens=str.split, keyword="cat", n=1, m=3)
def keywords_specific_position_2025(
    response: str, word_tokens: WordTokens, *, keyword: Text, n: Positive, m: Positive
) -> Verdict:
    """Of the nth sentence, the mth token is the keyword, in this case.

    Sentences are those of Google's regular expressions; tokens are those of NLTK's ``word_tokenize``, marks among them.
    """
    tokens = [token for sentence in google_sentences(response)[n - 1 : n] for token in word_tokens(sentence)]
    found = tokens[m - 1 : m]
    return judged(found == [keyword.strip()], f"found {found!r:.60}")


@constraint(
    "words:words_position",
    (
        'The second word of your response, and the last but one, must be "{keyword}".',
        'Let "{keyword}" be both the second word and the second to last word of what you write.',
    ),
    source=IFBENCH,
)
@touches(sets="opening, ending", uses="language, spelling, repetition", writes="keyword, keyword")
@passes("The CAT likes a Cat here .", word_tokens=str.split, keyword=" cAt")
@passes("cat cat", word_tokens=str.split, keyword="cat")
@passes("The cat here", word_tokens=str.split, keyword="cat")
@fails("The cat likes a cat here ...", word_tokens=str.split, keyword="cat")  # one mark is passed over, not three
@fails("The dog likes a cat here .", word_tokens=str.split, keyword="cat")
@fails("The cat likes a dog here .", word_tokens=str.split, keyword="cat")
@fails("cat .", word_tokens=str.split, keyword=".")
@fails("cat", word_tokens=str.split, keyword="cat")
@fails("", word_tokens=str.split, keyword="cat")
def words_position(response: str, word_tokens: WordTokens, *, keyword: Text) -> Verdict:
    """The second token is the keyword, and so is the second to last, one final ASCII mark aside; case is ignored.

    Tokens are those of NLTK's ``word_tokenize``: "didn't" is two of them, and a mark is one, wherever else it stands.
    """
    tokens = word_tokens(response)
    back = 3 if tokens and tokens[-1] in string.punctuation else 2
    found = [tokens[1], tokens[-back]] if len(tokens) >= back else []
    return judged({token.lower() for token in found} == {keyword.strip().lower()}, f"found {found!r:.60}")


@formerly(words_position, "ifbench@2025-07", "A final mark counts as the last word, and case counts.")
@passes("The cat likes a cat .", word_tokens=str.split, keyword=" cat ")
@passes("cat cat", word_tokens=str.split, keyword="cat")
@fails("The cat likes a cat here .", word_tokens=str.split, keyword="cat")
@fails("The cat likes a cat .", word_tokens=str.split, keyword="Cat")
@fails("The dog likes a cat .", word_tokens=str.split, keyword="cat")
@fails("cat", word_tokens=str.split, keyword="cat")
def words_position_2025(response: str, word_tokens: WordTokens, *, keyword: Text) -> Verdict:
    """The second token and the second to last are the keyword, in this case.

    Tokens are those of NLTK's ``word_tokenize``, marks among them: a text that ends in a full stop must end on the
    keyword.
    """
    tokens = word_tokens(response)
    found = [*tokens[1:2], *tokens[-2:-1]]
    return judged(found == [keyword.strip()] * 2, f"found {found!r:.60}")


@corrects(words_position, "Quotes, markdown and more than one final mark count as words.")
@passes('"**The** Don’t, a DON\'T? Here!"', keyword=" don't ")
@passes("cat cat", keyword="cat")
@fails("The cat, a cat.", keyword="cat")
@fails("The dog likes a cat here.", keyword="cat")
@fails("The cat likes a dog here.", keyword="cat")
@fails("cat", keyword="cat")
def words_position_fixed(response: str, *, keyword: Text) -> Verdict:
    """The second word and the second to last are the keyword; case and the shape of an apostrophe do not matter.

    A word is letters and digits, joined by apostrophes and hyphens; other marks are not read.
    """
    words = whole_words(folded(response))
    found = [*words[1:2], *words[-2:-1]]
    return judged(found == [folded(keyword)] * 2, f"found {found!r:.60}")
