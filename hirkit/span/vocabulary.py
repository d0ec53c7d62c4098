"""The words and phrases that wordings of many constraints share: what ``<name>`` means in the notation of phrases.

``PATTERNS`` are regular expressions, ``PHRASES`` are in the notation themselves (``phrases.py``). Repetitions are
bounded and not nested.
"""

from __future__ import annotations

from hirkit.span.quantities import BOUND, NUMBER, OR_MORE, Q

# What people call the thing to be written. A closed list: a word that is not in it is taken for part of the task.
_THING = (
    r"(?:responses?|answers?|reply|replies|outputs?|essay|poem|song|story|e-?mail|letters?|article|post|blog|tweet"
    r"|summary|resume|proposal|pitch|rap|jokes?|haikus?|limerick|riddle|itinerary|ad|advertisement|template"
    r"|description|review|dialogue|conversation|text|document|paper|script|list|speech|message|content|rubric|plot"
    r"|plan|thread|biography|bio|critique|rant|quiz|report|table|code|work|schema|guide|recipe|play|lyrics|lecture"
    r"|note|caption|abstract|names?|versions?|explanation|brief|slogan|piece|writing|thing|question|rewrite"
    r"|announcement|outline|monologue|verses?|ballad|ode|sonnet|elegy|eulogy|obituary|hymn|lullaby|prayer|toast|sermon"
    r"|tale|fable|fairy tale|myth|legend|anecdote|scene|sketch|memo|minutes|appeal|apology|complaint|argument|advice"
    r"|reference|advert|notice|sign|label|menu|forecast|horoscope|postcard|card|invitation|entry|diary entry|tutorial"
    r"|manual|instructions|newsletter|press release|release notes|copy|blurb|statement|bulletin|comment|definition"
    r"|translation)"
)
_PART_OF_IT = r"first|second|third|last|opening|closing|title|\w+-(?:word|sentence|paragraph|line|section|bullet)s?\b"
_WHOLE = r"(?:entire|whole|full|complete)"
THE_THING = (
    r"(?:(?:(?:all|any part|the rest) of )?(?:your|the|this|my)"
    rf"(?: (?!{_PART_OF_IT})[\w-]{{1,30}}){{0,2}} {_THING}"
    rf"|{_WHOLE} (?:output|response|answer|reply)|the {_WHOLE} thing|all your (?:answer|response|text)|everything)"
)
MODAL = (
    r"(?:(?:should|must|shall|will|may|can|might)|(?:has|have|needs?|ought|is|are) to)"
    r"(?: also| only| always| both| all)?"
)
_NOT = r"(?:n['’]t|not)"
CANNOT = (  # after a subject
    rf"(?:(?:should|must|may|might|can|shall|will|does) ?{_NOT}|cannot|can['’]t|won['’]t|never|(?:is|are) not to"
    rf"|(?:has|have|needs?|ought) not to)(?: ever| also)?"
)
_EXAMPLE = (
    r"(?:\"[^\"\n]{1,80}\"|'[^'\n]{1,80}'|\[[^\]\n]{1,60}\]|<<[^>\n]{1,60}>>|\*{1,2}[^*\n]{1,60}\*{1,2})"
    r"(?: or so| and so on| etc\.?)?"
)
_EG = (
    r"(?:such as|i\.?e\.?,?|e\.?g\.?,?|(?:like|as in)(?: this)?|for example,?|for instance,?|example|using|that is"
    r"|in the form(?:at)?(?: of)?)"
)
_DIVIDED = r"(?:separated?|separating|split|divided?|dividing)"

_ANYWHERE = (
    r"(?:anywhere|somewhere|explicitly|whatsoever|at all|itself|altogether|entirely|completely|overall|in total"
    r"|throughout(?= *[.,;!]|$))"
)
_INSIDE = (
    r"(?:(?:in|within|throughout|of|inside|from|for) "
    rf"(?:(?:any part|the end|some part) of )?(?:{THE_THING}|it\b(?: somewhere| anywhere)?|there\b))"
)

PATTERNS = {
    "should": MODAL,
    "cannot": CANNOT,
    "q": f"(?P<q>{Q})",
    "q or some": f"(?P<q>{Q}|some|any|a few|several|an?)",
    "number+": rf"(?P<q>(?:{BOUND} )?{NUMBER}\+?)",
    "or more": f"(?P<after>{OR_MORE})",
    "times": rf"(?:for )?(?P<q>{Q} (?:different |separate )?times?{OR_MORE}|(?:{BOUND} )?(?:once|twice){OR_MORE})",
    "it": f"(?:{THE_THING}|it|them|yourself)",
    "the thing": THE_THING,
    "aside": r"(?: ?\([^()\n]{0,60}\))?",
    "a few words": r"(?: [\w-]{1,20}){1,3}",
    "by just ***": (
        r"(?:by|with|using) (?:a line (?:with|of) )?(?:just |only )?(?:(?:3|three) (?:[\"'“]?\*[\"'”]? )?"
        r"(?:asterisk symbols?|asterisks?|stars?|symbols?))?,?:? ?[\"'“]?\*{3}(?!\*)[\"'”]?"
    ),
    "*** aside": r" \([^()*\n]{0,60}\*{3}[^()*\n]{0,20}\)",
    "in aside": r"[^()\n]{0,80}",
    "options": (  # "('My answer is yes.', 'My answer is no.')", in brackets or not
        r"(?: \([^()\n]{1,160}\)|(?:,? ?(?:/|or|and)? ?(?:\"[^\"\n]{1,60}\"|'[^'\n]{1,60}')){2,6})?"
    ),
    "quote?": r"[\"']?",
    "in q": f"(?P<q>(?:in )?{Q})",
    "***": r",?:? ?\(?[\"'“]?\*{3}(?!\*)[\"'”]?\)?",
    "******": r"(?:,? i\.e\.)?,?:? ?\(?(?:[\"'“]?\*{6}[\"'”]?\)?)?",
    "\\n\\n": r"['\"]\\n\\n['\"]",
    "divided": _DIVIDED,
    "no other language": (
        r"(?:,? (?:and |with )?no (?:other languages?|english)(?: (?:(?:is|are) |may be |should be )?(?:allowed|used"
        r"|permitted))?(?: please)?)?"
    ),
    "on top": r"(?:,? (?:on top|at the (?:very )?top|at the (?:very )?(?:beginning|start)))?",
    "ticks": (  # ", wrapped in markdown ticks", "(you may wrap it in markdown ticks)"
        r"(?:,? (?:wrapped|enclosed) in markdown ticks(?: (?:like|such as) ```(?:json)?)?"
        r"| \(you (?:may|can) (?:wrap it in|use) markdown ticks[^()\n]{0,20}\))?"
    ),
    "bullet": r"(?: ?[\"'“]\* ?[\"'”])?",
    "at the end": rf"(?:,? at the (?:very )?(?:end|bottom)(?: of (?:{THE_THING}|it))?)?",
    "in brackets?": (
        r"(?:,? (?:that are |each )?(?:(?:represented|wrapped|enclosed|put|written|marked|indicated|given|set) )?"
        r"(?:in|inside|within|by|with|using) square brackets| (?:in|with) brackets)?"
    ),
    "each separated": (
        r"(?:,? ?(?:where |with |and )?(?:each |all |the |nearby )?"
        r"(?:paragraphs?|parts?|sections?|one|them|paragraphs and only paragraphs)?,?(?: is| are| should be| being)? ?"
        rf"{_DIVIDED}(?: nearby)?(?: from (?:each other|one another)| them| paragraphs| each paragraph)?)"
    ),
    "marked with": (
        r",? (?:(?:with|and) )?(?:each (?:section |one )?(?:of (?:them|which) )?)?"
        r"(?:marked|marking|starting|starts?|labell?ed|labell?ing|separated|indicated|begins?|beginning|mark|headed"
        r"|titled)(?: the beginning of each(?: section)?| each(?: one| section)?| them)?(?: (?:with|by"
        r"|as))?(?: the words?)?"
    ),
    "english and": r"(?:(?:only )?english(?: language)?,?(?: and)?(?: in| using)? (?:only )?)?",
    "nothing after it": (
        r"(?:,? (?:and |with )?(?:there should be )?(?:no other (?:words?|text)|nothing(?: else)?"
        r"|no (?:further )?words?)(?: or characters?)?(?: should| must| may)?(?: (?:follow|come after|come"
        r"|after))?(?: after)?(?: (?:(?:this|the|that) (?:phrase|word)(?: [\"']\w+[\"'])?|it|that|this))?)?"
    ),
    "where": rf"(?:,? (?:{_ANYWHERE}(?: {_INSIDE})?|{_INSIDE}))?",  # "in your entire response", "anywhere in the poem"
    "e.g.": (  # ", such as [address]", "(like *this*)"
        rf"(?: ?\((?:an example of [^()\n]{{0,40}}|{_EG}[^()\n]{{0,80}}|{_EXAMPLE})\)"
        rf"|(?:,|:| -)? {{1,2}}{_EG}(?: the following)?:? (?:use )?{_EXAMPLE}(?:(?:, and|,| and"
        rf"| or) {_EXAMPLE}){{0,4}})?"
    ),
    "e.g.:": (  # ", such as:" before lines that show the format; ``sentences.py`` finds the lines
        rf"(?:(?:,| and)? ?(?:please )?(?:(?:use|using|in|be in|of|follow|with)? ?the (?:exact |following )(?:exact )?"
        rf"(?:bullet point )?(?:form|format)(?: (?:below|of))?|as (?:below|follows)|like below|{_EG}):)?"
    ),
}
PHRASES = {
    "not": "(do not|don't|don’t|not|never|cannot|can't|can’t)",
    "have": "(use|contain|include|have|mention|say|add|put|write|feature)",
    "not have": (
        "((<not>|<cannot>) [ever|also] <have>|(does not|doesn't|doesn’t|never) (use|contain|include|mention|say)s?"
        "|not to [ever] <have>|(avoid|avoids|avoiding|refrain from|abstain from|stay away from|steer clear of)"
        " [all use of|using|mentioning|including|saying|writing]|exclude|excluding|omit|omitting|leave out|leaving out"
        "|skip|keep out)"
    ),
    "without": "without [a|even a|ever] [using|mentioning|including|the use of|saying|having] [any|a|of]",
    "should not": "(<cannot>|<should> (not|never))",
    "appear": (
        "[also|both|each|all] (appears?|occurs?|comes? up|turns? up|shows? up|crops? up"
        "|(be|is|are) [both|all|also] (used|mentioned|included|present|found|featured|repeated|said|worked in"
        "|(part of|in) (there|<it>)))"
    ),
    "forbidden": "(is|are) (forbidden|banned|prohibited|not allowed|not permitted|off limits|off-limits)",
    "words": (
        "[all|all of|both|both of] [the|these|this|any|either of the] [following|negative|exact|two|three] "
        "(key ?words?|words?|phrases?|terms?|lines?|names?) [of|such as]:?"
    ),
    "double quotes": (
        "[a pair of|a set of] (double quotations? marks?|double quotes|double quotation|quotation marks|quotes)"
    ),
    "in angles": ("(in|with|within|inside|by|between) [a pair of] (double angular brackets|double angle brackets)"),
    "in markdown": (
        "(in|with|using|by using) [the] (markdowns? [format|syntax|bullet points?|ticks|asterisks|italics|highlighting]"
        " [format]|[single] asterisks|italics)"
    ),
    "paragraphs": "[short|different] (paragraphs?|parts?|sections?|stanzas?)",
    "by ***": (
        "(with|by|using) [the|a] [markdown] [divider|separator|(3|three) (asterisk symbols?|asterisks?|stars)]<***>"
    ),
    "by ******": "(with|by|using) [the] [6|six] [asterisk (symbols?|marks?)|asterisks?|stars]<******>",
    "blank lines": "((two|2|double) (new ?lines|line ?breaks|blank lines)|a (blank|empty) line|blank lines)",
    "by blank lines": ("(with|by|using) <blank lines>(?:,? as if (they were|it was) <\\n\\n> in python)?"),
    "each separated by ***": (
        "(?:<each separated> <by ***>|,? with <***> between (them|the paragraphs|paragraphs|each paragraph"
        "|each of them))?"
    ),
    "each separated by blank lines": (
        "(?: \\(and only paragraphs\\))?(?:(<each separated>|,? where paragraphs and only paragraphs are separated"
        " from each other) <by blank lines>"
        "|,? with <blank lines> between (them|[the] paragraphs|each paragraph|each of them))?"
    ),
    "in markdown?": "(?: ?,?<in markdown>)?",
    "words?": "(?:<words> )?",
    "capitals": (
        "[any] (capital letters?|capitali(s|z)ations?|upper(-| )?case [letters?|characters?]|capitals"
        "|capitali(s|z)ed (letters?|words?))"
    ),
    "small letters": "[any] (lower(-| )?case [letters?|characters?]|small letters?)",
    "all lower case": (
        "[all|only|entirely|completely|just|the] [only|the|in] (lower(-| )?case(d|s)? [english] [letters?|words?|text"
        "|characters?]|small [english] letters?) [only|throughout]"
    ),
    "all upper case": (
        "[all|only|entirely|completely|just] [only|in] (capital(ized)? [english] (letters?|words?)"
        "|upper(-| )?cased? [letters?|characters?|text]|capitals|caps|capitalized) [only|throughout]"
    ),
    "capital words": (
        "words?(?: or phrases)? [of it] [with|in|having|that are|be in|being|written in] [only] (all(-| ))?"
        "(capital(ized)? letters|capitals|caps|capital letters|upper(-| )?case [letters]) [only]"
    ),
    "sections": (
        "[text|of your favorite|key|important|different|separate|main] (sections?|parts?|phrases?|words?"
        "|words or phrases|passages?|terms?|places?|points?|ideas?|key ?words?|sentences?|bits?|names?|expressions?"
        "|lines?)"
    ),
    "two": "[exactly] (two|2) [entirely|completely] [different|separate|distinct|alternative]",
    "responses": "(responses?|answers?|versions?|replies|alternatives|options|variants)",
}
