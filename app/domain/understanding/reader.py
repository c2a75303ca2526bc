"""Reads a reply to a question, in the worker's language; says how and how surely, and never guesses."""

import re
from collections.abc import Callable, Mapping, Sequence

import regex

from app.domain.survey import Kind, Question, Value
from app.domain.understanding.asked import Asked, asked
from app.domain.understanding.choices import exactly, listing, meant
from app.domain.understanding.cutting import UNSPACED
from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import SETTLING, Lexicon, Sense
from app.domain.understanding.many import read_many
from app.domain.understanding.measured import read_number, read_scale, within
from app.domain.understanding.memory import by_heart
from app.domain.understanding.model import UNCLEAR, Method, Outcome, Understanding
from app.domain.understanding.nearly import read_single
from app.domain.understanding.openings import at_once, contradicts, opening
from app.domain.understanding.reply import Reply
from app.domain.understanding.spelling import parted, respelled
from app.domain.understanding.topics import PEOPLE, about_reply
from app.domain.understanding.yesno import read_yes_no

THRESHOLD = 0.75
"""Below this confidence a reading counts as unclear."""

# Members of an enumeration that every reading asks for; looking them up takes ten times as long as these.
_TEXT, _MANY, _ANSWER, _UNCLEAR = Kind.TEXT, Kind.MANY, Outcome.ANSWER, Outcome.UNCLEAR
_ACKNOWLEDGE = Sense.ACKNOWLEDGE
_FEW_DIGITS = 3
_YES_NO = (1, 2)
_LABELS = frozenset("qan")
_LABEL = re.compile(r"^(?:(?:q|question|ans|answer)\.? ?\d*|n[or]\. ?\d+)(?: ?[:)=] ?|[.-] | )(?=\S)")
_ABROAD = frozenset(
    {Method.WORD, Method.SPELLED}
)  # a digit is the same everywhere: what it could not say here, it cannot
_SAYING_LITTLE = (
    Sense.FILLER,
    Sense.POLITE,
    Sense.APPROX,
    Sense.AND,
    Sense.UNIT,
    Sense.OF,
    Sense.TO,
    Sense.ACKNOWLEDGE,
)
_SAYING_MORE = (
    Sense.NEGATION,
    Sense.NO,
    Sense.YES,
    Sense.ECHO_YES,
    Sense.ECHO_NO,
    Sense.BUT,
    Sense.DEGREE,
    Sense.OFTEN,
)
_PARTICLE = 2  # letters
_SURE_NO = 0.85  # below it a "not" stands among words that nobody knows
_VERB = 2  # words of a denied verb
_DONT_KNOW = (2, 3)  # words of "pata nahi", "yaad nahi hai"
_AFTERTHOUGHT = 3  # "no idea about that" is "no idea"
_LONGEST = 2000  # signs of a reply to a closed question; what is longer tells a story
_STRETCHED = regex.compile(r"(\p{L})\1{2,}")


def understand(text: str, question: Question, lexicon: Lexicon, others: Sequence[Lexicon] = ()) -> Understanding:
    """What `text` means as a reply to `question`.

    Args:
        text: the reply as it came.
        question: any kind but a note.
        lexicon: of the worker's language.
        others: of the survey's other languages, whose longer words and option texts are tried when the worker's own
            make no sense of the reply; letters and short words never are.

    Returns:
        An `Understanding`; its value is a bool for yes-no, an option code for single, codes in order for many,
        a number for number and scale, the text itself for text. Under `THRESHOLD` the outcome is UNCLEAR.
    """
    if question.kind is _TEXT:
        return _own_words(text, lexicon)
    offered = asked(question, lexicon)
    digits = text.strip()
    if digits.isdecimal() and digits.isascii() and len(digits) <= _FEW_DIGITS:
        plain = _digits_alone(int(digits), offered)
        if plain is not None:
            return plain  # most replies are this, and need nothing of what follows
    reading = _at_home(text, offered)
    if not others or reading.settled or reading.confidence:
        return reading
    return _elsewhere(_unlabelled(text), question, lexicon, others) or reading


@by_heart
def _at_home(text: str, offered: Asked) -> Understanding:
    """What the worker's own words make of a reply to a closed question."""
    folded = _unlabelled(text)
    if len(folded) > _LONGEST:
        return UNCLEAR.in_language(offered.lexicon.language)
    reading = _closed(folded, offered)
    if reading.outcome is _UNCLEAR and len(pieces := text.split()) > 1 and UNSPACED.search(folded):
        # Where words are written without blanks, a blank parts clauses and the items of a list.
        return _closed(fold(", ".join(pieces)), offered)
    return reading


def _unlabelled(text: str) -> str:
    """The folded text without the number of the question before it."""
    folded = fold(text)
    return _LABEL.sub("", folded) if folded[:1] in _LABELS else folded


def _own_words(text: str, lexicon: Lexicon) -> Understanding:
    kept = text.strip()
    folded = fold(kept)
    aside = _set_aside(Reply.of(folded, tokens(folded), lexicon), afterthought=0) if len(kept) <= _LONGEST else None
    whole = Understanding(Outcome.ANSWER, kept, Method.WHOLE, 1.0, kept) if folded else UNCLEAR
    return (aside or whole).in_language(lexicon.language)


def _digits_alone(number: int, offered: Asked) -> Understanding | None:
    question = offered.question
    match question.kind:
        case Kind.SINGLE | Kind.MANY if number in offered.codes:
            value: Value = (number,) if question.kind is Kind.MANY else number
        case Kind.YES_NO if number in _YES_NO:
            value = number == 1
        case Kind.NUMBER | Kind.SCALE if within(number, question):
            value = number
        case _:
            return None
    return Understanding(Outcome.ANSWER, value, Method.DIGIT, 1.0, str(number), offered.lexicon.language)


def _closed(folded: str, offered: Asked) -> Understanding:
    reading = _surely(folded, offered)
    if reading is None and len(set(folded)) > 1 and _STRETCHED.search(folded):  # "yesss", "haaaan", but not "eee"
        reading = _surely(_STRETCHED.sub(r"\1", folded), offered) or _surely(_STRETCHED.sub(r"\1\1", folded), offered)
    if reading is None or (reading.outcome is _ANSWER and reading.confidence < THRESHOLD):
        written_out = respelled(folded, offered.lexicon)
        reading = (_surely(written_out, offered) if written_out != folded else None) or reading
    language = offered.lexicon.language
    if reading is None:
        return offered.unclear
    if reading.outcome is _ANSWER and reading.confidence < THRESHOLD:
        return Understanding(Outcome.UNCLEAR, None, reading.method, reading.confidence, reading.span, language)
    return reading.in_language(language)


def _surely(folded: str, offered: Asked) -> Understanding | None:
    words = tokens(folded)
    plain = at_once(" ".join(words), folded, offered)
    if plain is not None:
        return plain
    if offered.lexicon.variants is not None and (spaced := parted(folded, words, offered.lexicon, offered.exact.words)):
        return _surely(spaced, offered)
    reply = Reply.of(folded, words, offered.lexicon, offered.exact, offered.cutter)
    # What an option says word for word comes first, then "no idea", which is neither a no nor an answer.
    return _offered(reply, offered) or _aside(reply, offered) or _answer(reply, offered) or _last_words(reply, offered)


def _answer(reply: Reply, offered: Asked) -> Understanding | None:
    """The answer of a reply, unless a clause of it says the contrary; or of its first clause, for all that follows."""
    found = _read(reply, offered)
    if found is None or (len(reply.core) > 1 and contradicts(reply.folded, found, offered)):
        return opening(reply.folded, offered)
    return found


def _aside(reply: Reply, offered: Asked) -> Understanding | None:
    """What settles the question without an answer, unless its words are the options' own: French "pas sûr" of safety."""
    aside = _set_aside(reply)
    if aside is not None and offered.question.kind is Kind.YES_NO and offered.echoes.pointed_no(aside.span):
        return None  # "afraid to say" answers whether one may speak up
    if aside is None or not offered.question.options:
        return aside
    if offered.often and reply.lexicon.says(aside.span, Sense.OFTEN):
        return None  # Thai "บางที" is perhaps, and sometimes
    if aside.outcome is not Outcome.UNSURE:
        return None if _names_people(reply, offered) else aside
    telling = [word for word in aside.span.split() if len(word) > _PARTICLE and word in offered.exact.words]
    turning = (Sense.NEGATION, Sense.NO, Sense.OFTEN)
    return aside if all(reply.lexicon.says(word, *turning) for word in telling) else None


def _names_people(reply: Reply, offered: Asked) -> bool:
    """Whether a reply names somebody or nobody, where that was asked: "I keep it to myself" refuses nothing."""
    return bool(offered.topics) and not about_reply(reply, offered).topics.isdisjoint(PEOPLE)


def _last_words(reply: Reply, offered: Asked) -> Understanding | None:
    return _at_the_end(reply, offered) or _with_a_reason(reply, offered)


def _at_the_end(reply: Reply, offered: Asked) -> Understanding | None:
    """A "don't know" that ends a reply of words which say little: "well, about that I don't know"."""
    if not reply.core or reply.hints.isdisjoint(SETTLING) or reply.has_digit:
        return None
    lexicon = reply.lexicon
    *before, last = (part for part, _ in lexicon.every.cut(reply.core))
    denies = any(lexicon.says(word, Sense.NEGATION, Sense.NO) for word in last.split(" "))  # "it seems" is no such end
    if not before or not denies or not lexicon.says(last, Sense.UNSURE, Sense.REFUSE):
        return None
    refused = lexicon.says(last, Sense.REFUSE)  # "of my pay I will not tell"
    quiet = all(
        (lexicon.says(part, *_SAYING_LITTLE) or (refused and part in lexicon.topics))
        and not lexicon.says(part, *_SAYING_MORE)
        for part in before
    )
    return _settled(last, lexicon) if quiet and not (refused and _names_people(reply, offered)) else None


def _with_a_reason(reply: Reply, offered: Asked) -> Understanding | None:
    """A "don't know" behind a clause that says why, and answers nothing: Urdu "kabhi gaya nahi pata nahi".

    Only where verbs end a clause, and the last one stands alone.
    """
    lexicon, core = reply.lexicon, reply.core
    if Sense.UNSURE not in reply.hints or not lexicon.puts_verbs_last or offered.question.options or reply.has_digit:
        return None
    for size in _DONT_KNOW:
        before, phrase = core[:-size], " ".join(core[-size:])
        denied = [any(lexicon.says(word, Sense.NEGATION) for word in part) for part in (before[-_VERB:], core[-size:])]
        if all(denied) and lexicon.says(phrase, Sense.UNSURE):
            told = _surely(" ".join(before), offered)
            weak = told is None or (told.value is False and told.confidence < _SURE_NO)
            return _settled(phrase, lexicon) if weak else None
    return None


def _elsewhere(folded: str, question: Question, lexicon: Lexicon, others: Sequence[Lexicon]) -> Understanding | None:
    """The reading in the other languages, where no word of it is one of the worker's own and they all agree."""
    if len(folded) > _LONGEST:
        return None
    words = lexicon.segment(tokens(folded))
    known = any(lexicon.senses.get(word, frozenset()) - {Sense.POLITE} for word in words)
    if known or any(named for _, named in lexicon.cut_by_topics(words)):
        return None  # what the worker's own language names, English may call something else
    readings = [_closed(folded, asked(question, other.abroad)) for other in others if other is not lexicon]
    settled = [reading for reading in readings if reading.settled and reading.method in _ABROAD]
    agreed = {(reading.outcome, reading.value) for reading in settled}
    return settled[0] if len(agreed) == 1 else None


def _offered(reply: Reply, offered: Asked) -> Understanding | None:
    if not offered.question.options or not reply.words:
        return None
    found = exactly(reply, offered.exact) or meant(reply, offered)
    return listing(found) if offered.question.kind is _MANY else found


def _set_aside(reply: Reply, afterthought: int = _AFTERTHOUGHT) -> Understanding | None:
    """What is settled without an answer: "don't know", "I would rather not say" and "skip".

    A phrase of two words or more may be followed by an afterthought of a few.
    """
    if reply.hints.isdisjoint(SETTLING):
        return None
    core, settling = reply.core, reply.lexicon.settling
    for phrase in reply.phrases:
        if phrase in settling:
            return _settled(phrase, reply.lexicon)
    if len(core) == 1:
        return None
    refused = " ".join(core[1:])
    if len(core) > 2 and reply.lexicon.says(refused, Sense.REFUSE) and reply.lexicon.says(core[0], Sense.NO):  # noqa: PLR2004
        return _settled(refused, reply.lexicon)  # "no, I do not want to say"
    return _settled_first(reply, afterthought) if settling.begin(core[:1]) else None


def _settled_first(reply: Reply, afterthought: int) -> Understanding | None:
    """What the first words of a reply settle, with an afterthought or another such phrase behind them."""
    core = reply.core
    if not reply.holds_digits:  # "I think 66" is no "I do not know"
        for phrase, size in reply.lexicon.settling.starting(core, 0):
            if size > 1 and len(core) - size <= afterthought and not _turned(phrase, core[size:], reply.lexicon):
                return _settled(phrase, reply.lexicon)
    if all(known for _, known in reply.lexicon.phrases(Sense.UNSURE).cut(core)):  # "maybe, not sure"
        return Understanding(Outcome.UNSURE, None, Method.WORD, 0.9, " ".join(core))
    return None


def _turned(phrase: str, behind: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether what follows denies what was said: "mone hoy na", I think not; while "no idea, nobody said" denies twice."""
    turning = (Sense.NEGATION, Sense.NO)
    told = any(lexicon.says(word, *turning) for word in phrase.split())
    return not told and any(lexicon.says(word, *turning) for word in behind)


def _settled(phrase: str, lexicon: Lexicon) -> Understanding:
    outcome = Outcome.UNSURE if lexicon.says(phrase, Sense.UNSURE) else Outcome.REFUSED
    return Understanding(outcome, None, Method.WORD, 0.95, phrase)


def _read(reply: Reply, offered: Asked) -> Understanding | None:
    if not reply.words:
        return None
    if _ACKNOWLEDGE in reply.hints and _acknowledges(reply, offered):
        return None  # "OK" says that the text arrived, and nothing else
    return _READERS[offered.question.kind](reply, offered)


def _acknowledges(reply: Reply, offered: Asked) -> bool:
    """Whether a reply says no more than "OK"; "no problem" says more where problems were asked for."""
    if not any(phrase in reply.lexicon.of(_ACKNOWLEDGE) for phrase in reply.phrases):
        return False
    problems = offered.question.kind is _MANY and Sense.NO_PROBLEM in reply.hints
    return not (problems and any(reply.lexicon.says(phrase, Sense.NO_PROBLEM) for phrase in reply.phrases))


_READERS: Mapping[Kind, Callable[[Reply, Asked], Understanding | None]] = {
    Kind.SINGLE: read_single,
    Kind.MANY: read_many,
    Kind.YES_NO: read_yes_no,
    Kind.NUMBER: read_number,
    Kind.SCALE: read_scale,
}
