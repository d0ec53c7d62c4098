"""How people word the constraints on a response's form: its parts, marks and format, and how it starts and ends.

One entry per constraint id; each phrase stands under an example. See ``entries.py``.
"""

from __future__ import annotations

from hirkit.span.entries import Entry, Fields, at_least, entry, exactly
from hirkit.span.phrases import Args, literal, quoted


def _section(args: Args) -> Fields:
    name = literal(args.get("section_spliter", ""))
    examples = rf"(?:(?:, and|,| and) {name} \d)*(?:,? (?:and so on|etc\.?|\.\.\.))?"
    return {"mark": quoted(rf"{name} ?(?:X|#|1)?") + examples, "plain": name}


def _marker(args: Args) -> Fields:
    marker = literal(args.get("postscript_marker", "")).removesuffix(r"\.") + r"\.?"
    return {"marker": quoted(marker)}


FORM: dict[str, Entry] = {
    "detectable_content:number_placeholders": entry(
        # "at least 2 placeholders represented by square brackets, such as [name]"
        (
            "noun",
            "<q or some> [different] placeholders?<in brackets?><where>[, wrapped in square brackets]<e.g.>"
            "(?: for me to fill in| to (?:be )?fill(?:ed)? in)?<where>",
        ),
        # "at least 2 placeholders in square brackets should be included, such as [name]"
        (
            "clause",
            "<q or some> placeholders?<in brackets?> (<should> <appear>|(are|is) (required|needed))<where><e.g.>",
        ),
        # "there should be at least 2 placeholders"
        ("clause", "there (<should> be|are) <q or some> placeholders?<in brackets?><where><e.g.>"),
        cue=r"\bplaceholders?\b|square brackets",
        bound=at_least("num_placeholders"),
        vague=True,
    ),
    "detectable_content:postscript": entry(
        # after "add": "a postscript starting with P.S.", "a P.S. at the end"
        (
            "noun",
            "a post ?script<at the end>,? ?\\(?(?:(?:that|which) )?(starting|beginning|starts|begins|indicated|marked"
            "|introduced|opening|labelled|labeled) [with|by|as] [the letters] @marker@\\)?<at the end><where>",
        ),
        ("noun", "a post ?script ?\\(@marker@\\)<at the end><where>"),
        ("noun", "a @marker@<at the end><where>"),
        # "end your answer with a postscript indicated by P.S."
        (
            "verb",
            "(end|finish|close|conclude)(?: <it>)? with a post ?script,? [that] (starting|starts|beginning|begins"
            "|indicated|marked|introduced) [with|by|as] @marker@",
        ),
        ("verb", "(end|finish|close|conclude)(?: <it>)? with a @marker@"),
        # "there should be a postscript starting with P.S. at the very end"
        (
            "clause",
            "there <should> be a post ?script<at the end>,? [that] (starting|starts|beginning|begins|marked) (with|by)"
            " @marker@<at the end><where>",
        ),
        # "the letter ends with a postscript starting with P.S."
        (
            "clause",
            "<the thing> (ends|finishes|closes) with a post ?script,? [that] (starting|starts|beginning|begins|marked)"
            " (with|by) @marker@",
        ),
        cue=r"\bpost ?script\b|\bP\.\s?(?:P\.\s?)?S\b",
        fields=_marker,
    ),
    "detectable_format:number_bullet_lists": entry(
        # "exactly 3 bullet points in markdown format, such as:"
        (
            "noun",
            "<q> [very short|short] [markdown] (bullet points?|bullets?)<or more><aside><in markdown?><aside><where>"
            "(?:, each starting with (an asterisk|\\*))?<e.g.:>",
        ),
        # "there should be exactly 3 bullet points"
        ("clause", "there <should> be <q> [markdown] (bullet points?|bullets?)<in markdown?><where><e.g.:>"),
        # 'bullet points are indicated by "* "'
        (
            "clause",
            "[the] bullet points (are|should be|must be) (indicated by|in the form of|marked with) [the following]"
            " ?:?<bullet>",
        ),
        # "use the following bullet point format:"
        ("verb", "use (the following|this) [markdown] (bullet points?|bullet) [format]:?"),
        # "use * to indicate bullets, like:"
        ("verb", "use \\* to indicate bullets? [points]<e.g.:>"),
        # "use the bullet points like:"
        ("verb", "use the [markdown] bullet points<e.g.:>"),
        cue=r"\bbullets?\b|(?m:^)[ \t]*\*[ \t]",
        bound=exactly("num_bullets"),
    ),
    "detectable_format:constrained_response": entry(
        # "answer with one of the following options: ('My answer is yes.', 'My answer is no.')"
        (
            "verb",
            "(answer|respond|reply|choose|pick|select|give)(?: (?:with|only|just|exactly|simply|using)){0,3} (one of"
            "|from) (the following|these|the)(?: \\w+){0,4}:?<options>",
        ),
        ("verb", "(answer|respond|reply|choose|pick) [only|just] [with] [exactly|only] one of:<options>"),
        # after "include" or "contain": "exactly one of these sentences: 'My answer is yes.', 'My answer is no.'"
        ("noun", "[exactly|only] one of (the following|these)(?: \\w+){0,5}:<options>"),
        cue=r"My answer is|one of the following|one of these",
    ),
    "detectable_format:number_highlighted_sections": entry(
        # "highlight at least 3 sections of your answer in markdown, like *this*"
        (
            "verb",
            "[use markdown to] (highlight(/bold)?|italici(s|z)e|bold|emphasi(s|z)e|bold or italici(s|z)e)"
            " <q or some> <sections> "
            "[that has titles]<in markdown?><where><in markdown?>"
            "(?:,? by wrapping each of them with asterisks|,? by starting and ending with single \\*"
            "|,? by (?:italici(s|z)\\w+|highlighting|bolding|marking) (?:them|each) <in markdown>)?"
            "(?: \\(using \\* to italicize<in aside>\\))?<e.g.>",
        ),
        # "highlight at least one of the uses with markdown"
        ("verb", "(highlight|italici(s|z)e|emphasi(s|z)e) <q> [of (?:the|your)|different] \\w+ <in markdown><e.g.>"),
        # "3 sections should be highlighted with markdown"
        (
            "clause",
            "<q> <sections>(?: of <the thing>)? <should> be (highlighted|italici(s|z)ed|emphasi(s|z)ed|bold|in bold)"
            "<in markdown?><where><e.g.>",
        ),
        # "there should be at least 3 highlighted phrases"
        ("clause", "there (<should> be|are) <q> (italic|highlighted|bold) <sections><in markdown?><where><e.g.>"),
        # after "include": "one italic text section in markdown"
        ("noun", "<q> (italic|highlighted|bold) <sections><in markdown?><where><e.g.>"),
        cue=r"\bhighlight(?!s of)|\bitalic|(?<!\*)\*[a-z][^*\n]*\*(?!\*)|\bbold\b",
        bound=at_least("num_highlights"),
        vague=True,
    ),
    "detectable_format:multiple_sections": entry(
        # "3 sections, each section starting with Part X", "2 sections: 'Part 1' and 'Part 2'"
        (
            "noun",
            "<q> sections?"
            "(<marked with> @mark@<aside>(?:,? (such as|like|as in|for example|for instance|e\\.g\\.)"
            " <quote?>@plain@ 1<quote?>)?| ?\\(@plain@ 1<in aside>\\)"
            "|: ?(?:mark them )?<quote?>@plain@ 1<quote?>(?:(?:,| and|, and) <quote?>@plain@ \\d<quote?>){1,9})?",
        ),
        # "a two-section essay", where Part X marks them
        ("before", "<number+>(-| )(section|paragraph)(?= \\w)"),
        # "mark the beginning of each section with Part X"
        (
            "verb",
            "(mark|label|start|begin|head) [the (beginning|start) of] each (section|paragraph|one|of them)"
            " (with|as|by) @mark@<aside>(?:,? (such as|like|as in|e\\.g\\.) @plain@ 1)?<e.g.>",
        ),
        # "the beginning of each is marked with Part X"
        (
            "clause",
            "the (beginning|start) of each [section|one] (is|<should> be) (marked|labelled|labeled|indicated) (with"
            "|as|by) @mark@<aside>(?:,? (such as|like|as in|e\\.g\\.) @plain@ 1)?",
        ),
        # "divide the essay into 3 sections"
        (
            "verb",
            "(separate|divide|split|structure|organize|break) <it> [up|down] (into"
            "|in) <q> sections?(<marked with> @mark@<aside>)?",
        ),
        # "the essay must be divided into 3 sections"
        (
            "verb",
            "be (separated|divided|split|structured|organized|broken) [up|down] (into"
            "|in) <q> sections?(<marked with> @mark@<aside>)?",
        ),
        cue=r"@plain@ (?:X|\d)\b|\b(?:\d+|two|three|four|five|six|each) sections?\b",
        fields=_section,
        bound=at_least("num_sections"),
        vague=True,
    ),
    "detectable_format:json_format": entry(
        # "wrap the entire output in JSON format"
        (
            "verb",
            "(wrap|put|format|give|provide|write|place|return|present) (<it>|all [the|your] words)"
            " (in|into|as|using|with) [a|one] [single"
            "|valid] json [format|block|object] [using markdown ticks]<ticks><e.g.>",
        ),
        # "use JSON format"
        ("verb", "use [valid] json format<ticks>"),
        # "wrapped in JSON format"
        (
            "aside",
            "[wrapped|formatted|written|presented] (in|as|using) [a|one] [single|valid] json [format|block"
            "|object]<ticks>",
        ),
        # after "must be": "valid JSON"
        ("noun", "[a|one] (valid json [format|object]|json object|json(?=,| wrapped|\\.))<ticks>"),
        # "you can use markdown ticks such as ```"
        ("verb", "you can use markdown ticks (such as|like)(?: ```)?\\.?"),
        # "do not add anything outside the JSON"
        ("clause", "(do not|don't) add anything outside [of] the json [block]"),
        cue=r"\bjson\b|(?<![\"'“‘])\bkeys?\b(?![\"'”’]| ?words?)|\bticks\b|```",
    ),
    "detectable_format:title": entry(
        # after "contain": "a title, wrapped in double angular brackets, such as <<title>>"
        (
            "noun",
            "(a|at least one|one) title,? ?(?:(?:that|which) is )?(?:wrapped |enclosed |contained |put |placed |set )?"
            "<in angles><e.g.><on top><where>",
        ),
        # "put the name of the poem in double angular brackets"
        (
            "verb",
            "(wrap|put|enclose|place|set) [the|a|your|at least one|its] (title|name(?: of (?:the"
            "|your) \\w+)?) <in angles><e.g.><on top>",
        ),
        # "give it a title in double angular brackets"
        (
            "verb",
            "give <it> a title,? ?(?:(?:that|which) is )?(?:wrapped |enclosed |contained |put |placed |set )?"
            "<in angles><e.g.><on top>",
        ),
        # "the title should be put in double angular brackets"
        ("clause", "(the|its|your) title <should> be [wrapped|enclosed|put|placed|set] <in angles><e.g.>"),
        cue=r"\btitled?\b|<<|\bangular\b|\bangle brackets",
    ),
    "combination:two_responses": entry(
        # "give exactly two different responses, separated by 6 asterisk symbols: ******"
        (
            "verb",
            "(give|provide|write|generate) [me] <two> <responses>,? "
            "[and] <divided> [them|the (responses|answers|versions)|the two versions] <by ******><e.g.:>",
        ),
        # "as two separate responses, separated by ******"
        ("noun", "<two> <responses>(?: of <the thing>)?,? [and] <divided> [from each other] <by ******><e.g.:>"),
        # "there should be two versions of the poem, separated by ******"
        ("clause", "there <should> be <two> <responses>(?: of <the thing>)?,? <divided> [from each other] <by ******>"),
        # "separate the two poems with 6 asterisk symbols", "put ****** between them"
        ("verb", "separated? (them|(the|these|those) [two] [different] \\w+) (<by ******><e.g.:>|like below:)"),
        ("verb", "put <******> between (them|the (two|<responses>))"),
        # "give two different responses"
        ("verb", "(give|provide|write) [me] [exactly] (two|2) different (responses|answers)"),
        # "responses and only responses should be separated by ******"
        (
            "clause",
            "[the] [two] (responses|answers) [and only (responses|answers)] should be separated <by ******>",
        ),
        # "separated by ******"
        ("aside", "<divided> [from each other] <by ******>"),
        cue=(
            r"(?:give|provide|write|create|generate|compose|make|tell|invent|suggest|draft|offer|propose)"
            r"[^.?!\n]{0,20} (?:two|2)\b"
            r"|\bdifferent (?:responses|answers)|\basterisks?\b|\*{6}"
            r"|\b(?:two|2|both) (?:\w+ )?(?:responses|answers|versions|replies|alternatives|options|variants)\b"
            r"|\bseparated? (?:by|with|them)|\bin two ways\b"
        ),
    ),
    # Whole sentences, found by ``removal.py`` around the request.
    "combination:repeat_prompt": entry(cue=r"\brepeat|\bword for word\b|\brequest (?:above|below)\b|\bverbatim\b"),
    "startend:end_checker": entry(
        # 'finish your answer with the exact phrase "So long." and no other words should follow'
        (
            "verb",
            "(end|finish|conclude|close|sign off|wrap up)s?(?: <it>)? (with|by saying|on)"
            "(?: (the|this|these)(?: very| exact)?(?: final)?(?: phrase| sentence| words| line)?(?: of)?)?,?:? "
            "@phrase@(?: as the (final|last) (words|line))?<nothing after it>",
        ),
        # 'a lullaby …, ending with the phrase "So long."'
        ("aside", "(ending|finishing|concluding) (with|on)(?: the(?: exact)?(?: phrase| sentence| words))? @phrase@"),
        # "no other words should follow this phrase", "don't add anything after it"
        ("clause", "no other words? (should|must|may) (follow|come after) [(this|the|that) phrase]"),
        ("clause", "nothing [else] (should|must|may) (follow|come after) [(this|the|that) phrase|it|that|this]"),
        ("verb", "<not> (add|write|say|put) anything [else] after (it|that|this|this phrase|that phrase)"),
        cue=r"[\"“]@phrase@|no other words?\b|\b(?:end|finish|conclude)\b[^.?!\n]{0,30}\bwith\b|exact phrase",
        fields=lambda args: {"phrase": quoted(literal(args.get("end_phrase", "")))},
    ),
    "startend:quotation": entry(
        # "wrap your entire answer with double quotation marks"
        (
            "verb",
            "(wrap|put|enclose|surround|place|set|be (wrapped|put|enclosed|surrounded|placed|set))(?: <it>)?"
            " (with|by|in|inside|within|between) <double quotes>",
        ),
        # "put double quotes around your answer"
        ("verb", "(put|place|use) <double quotes> around (?!the names)<the thing>"),
        # "wrapped in double quotes"
        ("aside", "(wrapped|put|enclosed|surrounded|placed) (with|in|inside|within|by) <double quotes>"),
        cue=r"\bdouble quot|\bquotation marks?\b|\bquotes\b",
    ),
}
