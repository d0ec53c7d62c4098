"""RLVR-IFeval's rules about the response as a whole: how it begins and ends, JSON, two answers, one of a few options.

The others are in ``rlvr_words.py``, where it is said what RLVR-IFeval is.
"""

from __future__ import annotations

import re

from constraints.args import Number, Text, Words
from constraints.combination import repeat_prompt_fixed, two_responses_fixed
from constraints.content import postscript_at_the_end
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import choice, ending, the_task
from constraints.format import TooDeepError, json_format_of_objects, read_json
from constraints.hindsight import another, last_sentence
from constraints.invisible import Seen, occurrences, visible
from constraints.keywords import SeenWords
from constraints.sources import RLVR
from constraints.startend import end_checker_fixed, quotation_fixed

_NOT_IN_WORDS = re.compile(r"[\W_]+")


@constraint(
    "rlvr:validate_repeat_prompt",
    (
        'Start by repeating this request unchanged, without a word before it, then answer it: "{original_prompt}".',
        'Copy the following request word for word as the very first thing, and answer after that: "{original_prompt}".',
    ),
    source=RLVR,
)
@draws(original_prompt=the_task)
@touches(
    sets="everything", beside="rlvr:verify_keywords, rlvr:validate_no_commas", writes="original_prompt", exactly=True
)
@passes("Write a poem. Roses", original_prompt="Write a poem.")
@passes("Write a poem.", original_prompt="Write a poem.")  # no answer is asked for
@fails("write a poem. Roses", original_prompt="Write a poem.")
@fails("Sure! Write a poem. Roses", original_prompt="Write a poem.")
def validate_repeat_prompt(response: str, *, original_prompt: Text) -> bool:
    """The response starts with the request, character for character; nothing need follow."""
    return response.startswith(original_prompt)


@corrects(validate_repeat_prompt, "Passes a request that is repeated and not answered; fails for a line break.")
@passes("\nWrite\na poem. Roses", original_prompt="Write a poem.\n")
@fails("Write a poem.", original_prompt="Write a poem.")
@fails("Sure! Write a poem. Roses", original_prompt="Write a poem.")
def validate_repeat_prompt_and_answer(response: str, *, original_prompt: Seen) -> Verdict:
    """The response starts with the request, not ending inside a word, and more than space and ASCII punctuation
    follows. Case, line breaks, curly quotes, invisible characters and encoding make no difference.
    """
    return repeat_prompt_fixed(response, prompt_to_repeat=original_prompt)


@constraint(
    "rlvr:verify_postscript",
    (
        'Add a postscript to the end of your response; let it start with "{postscript_marker}".',
        'The last thing in your answer must be a postscript that opens with "{postscript_marker}".',
    ),
    source=RLVR,
)
@draws(postscript_marker=choice("P.S.", "P.P.S"))
@touches(sets="ending", uses="lines, spelling", writes="postscript_marker", exactly=True)
@hindsight(postscript_marker=another("P.S.", "P.P.S"))
@passes("Bye.\nP.S. More.", postscript_marker="P.S.")
@passes("P.S.: more", postscript_marker="P.S.")
@passes("We love the U.P.S. guys.", postscript_marker="P.S.")  # anywhere
@fails("Bye.\nP.S.\n", postscript_marker="P.S.")
@fails("Bye.\np.s. more.", postscript_marker="P.S.")
def verify_postscript(response: str, *, postscript_marker: Text) -> Verdict:
    """The marker occurs, as it is written, and more than white space follows its first occurrence."""
    found = response.find(postscript_marker)
    if found < 0:
        return judged(False, "no marker")
    return judged(len(response[found:].strip()) > len(postscript_marker), "marker found")


@corrects(verify_postscript, "The marker may be a part of a word or of a sentence, and anything may follow.")
@passes("Bye.\n\n**P. S.** More.", postscript_marker="P.S.")
@passes("Bye.\np.s. more.", postscript_marker="P.S.")
@fails("We love the U.P.S. guys.", postscript_marker="P.S.")
@fails("P.S. More.\n\nAnd now to the point.", postscript_marker="P.S.")
@fails("Bye.\nP.S.\n", postscript_marker="P.S.")
def verify_postscript_at_the_end(response: str, *, postscript_marker: Seen) -> Verdict:
    """A line starts with the marker, with words after it, and the response ends there.

    Before the marker only markdown and punctuation may stand; after it at most one paragraph, then further postscripts.
    Case is ignored, white space is allowed after each "." of the marker, and the marker is taken literally.
    """
    return postscript_at_the_end(response, postscript_marker=postscript_marker)


@constraint(
    "rlvr:validate_end",
    (
        'Finish with exactly this phrase, and write nothing after it: "{end_phrase}".',
        'Your response must end in these very words, with no others behind them: "{end_phrase}".',
    ),
    source=RLVR,
)
@draws(end_phrase=ending)
@touches(sets="ending", uses="language, spelling, neighbours, lines", writes="end_phrase", exactly=True)
@hindsight(end_phrase=last_sentence())
@passes("Well. Peace!", end_phrase="Peace!")
@passes("xxxpeace!", end_phrase="peace!")
@fails("Well. Peace!\n", end_phrase="Peace!")
@fails("Well. peace!", end_phrase="Peace!")
def validate_end(response: str, *, end_phrase: Text) -> bool:
    """The response ends with the phrase, character for character, without so much as a line break after it."""
    return response.endswith(end_phrase)


@corrects(validate_end, "Fails for a line break or a closing quote after the phrase, and ends within words.")
@passes("“Well. **Peace!**”\n", end_phrase="Peace!")
@fails("xxxpeace!", end_phrase="peace!")
@fails("Peace! Bye.", end_phrase="Peace!")
def validate_end_of_words(response: str, *, end_phrase: Seen) -> bool:
    """The response ends with the phrase, which starts no later than a word does; only space, closing quotes and
    markdown's emphasis may follow. Case, line breaks, curly quotes and invisible characters make no difference.
    """
    return end_checker_fixed(response, end_phrase=end_phrase)


@constraint(
    "rlvr:validate_quotation",
    (
        "Set your entire response between double quotation marks.",
        "Open your answer with a double quotation mark and close it with one.",
    ),
    source=RLVR,
)
@touches(sets="opening, ending, quotes")
@passes('"Hi."')
@passes('"')
@passes('"Hi" he said. "Bye"')  # what lies between is not looked at
@fails('"Hi."\n')
@fails('Hi."')
@fails('"Hi.')
@fails("“Hi.”")
def validate_quotation(response: str) -> bool:
    """The first and the last character are ASCII double quotes, or the only one is."""
    return response.startswith('"') and response.endswith('"')


@corrects(validate_quotation, "A single quote passes, white space around the quotes fails, and so do curly ones.")
@passes(' "Hi."\n')
@passes("“Hi.”")
@fails('"')
@fails('"Hi" he said. "Bye"')
def validate_quotation_of_all(response: str) -> Verdict:
    """The response begins with one of " “ „ « » 「 『, ends with that one's partner, has something in between, and
    nothing but space outside of such quotation marks. Quotations within quotations are fine.
    """
    return quotation_fixed(response)


@constraint(
    "rlvr:validate_choice",
    (
        "Answer with one of these options: {options}.",
        "Pick your answer from {options}.",
    ),
    source=RLVR,
)
@touches(sets="everything")
@passes("I say yes.", options=["no", "yes"])
@passes("Apples", options=["A", "B"])  # inside a word
@fails("Yes.", options=["no", "yes"])
@fails("I do.", options=["no", "yes"])
def validate_choice(response: str, *, options: Words) -> Verdict:
    """One of the options occurs anywhere, as it is written, also inside a word; so may several of them."""
    found = [option for option in options if option in response]
    return judged(bool(found), f"{Number(len(found)):option} found")


def chooses(option: str, text: str) -> bool:
    """Whether the option occurs as a whole. A single letter counts as it is written only: "a" is a word, "A" an answer.

    >>> chooses("Yes", "yes!"), chooses("A", "a plan"), chooses("A", "(A)"), chooses("是", "我是")
    (True, False, True, True)
    """
    if len(option) > 1 or option.lower() == option.upper():
        return occurrences(option, text) > 0
    return option in _NOT_IN_WORDS.split(visible(text))


@corrects(validate_choice, "Finds an option within other words, and misses a Yes at the start of a sentence.")
@passes("Yes.", options=["no", "yes"])
@passes("A or B? (B)", options=["B", "C"])
@passes("No, not yes.", options=["no", "yes"])
@fails("Apples and a pear", options=["A", "B"])
@fails("I know.", options=["no", "yes"])
def validate_whole_choice(response: str, *, options: SeenWords) -> Verdict:
    """One of the options occurs as a whole: no letter or digit touches a letter or digit at its ends.

    Case makes no difference, but for an option of a single letter. Several may occur, as they do in a reasoned answer:
    which one is meant is not judged.
    """
    found = [option for option in options if chooses(option, response)]
    return judged(bool(found), f"{Number(len(found)):option} found")


@constraint(
    "rlvr:validate_two_responses",
    (
        "Answer in two different ways, with six asterisks (******) between the two answers and nowhere else.",
        "Give two responses that are not the same. Put ****** between them, and only there.",
    ),
    source=RLVR,
)
@touches(sets="everything", beside="rlvr:verify_keywords, rlvr:validate_no_commas")
@passes("A\n******\nB")
@passes("******B")  # one of them blank
@passes("A\n*******\nB")
@fails("A******A ")
@fails("A ******A")
@fails("A")
@fails("A******B******C")
def validate_two_responses(response: str) -> Verdict:
    """Six asterisks occur exactly once, counted without overlap, and what is before and after differs once stripped.

    Either of the two may be blank.
    """
    parts = response.split("******")
    return judged(len(parts) == 2 and parts[0].strip() != parts[1].strip(), f"{Number(len(parts)):part}")


@corrects(validate_two_responses, "One answer may be blank, or differ by a dot; any longer row of asterisks counts.")
@passes("A\n******\nB")
@fails("******B")
@fails("A******A.")
@fails("A\n*******\nB")
@fails("A******B******C")
def validate_two_filled_responses(response: str) -> Verdict:
    """Cut at every row of exactly six asterisks, the response has two parts, neither blank, that differ in their
    letters or digits; case does not matter. One such row may also stand before the first and after the second.
    """
    return two_responses_fixed(response)


@constraint(
    "rlvr:validate_json_format",
    (
        "Let your whole output be JSON.",
        "Reply with one valid JSON value and with nothing around it.",
    ),
    source=RLVR,
)
@touches(sets="everything", beside="rlvr:verify_keywords")
@passes('\n{"a": [1, 2]} ')
@passes("NaN")
@passes('"a bare string"')
@fails('```json\n{"a": 1}\n```')
@fails('Here it is: {"a": 1}')
@fails("\ufeff{}")
def validate_json_format(response: str) -> Verdict:
    """The response is what Python reads as JSON: a bare string, a number and NaN are, a markdown fence is not.

    JSON that nests deeper than 500 levels is not judged: the published code crashes somewhere beyond.
    """
    try:
        read_json(response)
    except TooDeepError as err:
        return Verdict("error", str(err))
    except ValueError as err:
        return judged(False, f"no JSON: {err!s:.60}")
    return judged(True, "JSON")


@corrects(validate_json_format, "Bare strings, numbers and NaN pass; a markdown fence fails; depth crashes.")
@passes('```json\n{"a": [1, 2]}\n```')
@passes("\ufeff{}")
@fails('"a bare string"')
@fails("[NaN]")
@fails("[" * 501 + "]" * 501)
def validate_json_format_of_objects(response: str) -> Verdict:
    """The response is a JSON object or array, once white space and one markdown fence around it are removed.

    The fence may have any label; either end of it may be missing. A byte order mark before it does not matter. NaN and
    Infinity are not JSON; the same key twice is allowed; what nests deeper than 500 levels fails.
    """
    return json_format_of_objects(response)
