"""What a text amounts to while a question is open: an order, or a reading of the answer."""

from collections.abc import Mapping, Sequence

from app.domain.survey import Kind, Question
from app.domain.understanding.asked import Asked, asked
from app.domain.understanding.commands import Command, Order, gist_of, read_aside, read_command
from app.domain.understanding.folding import one_form
from app.domain.understanding.lexicon import Lexicon, Lexicons
from app.domain.understanding.memory import by_heart
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.reader import understand
from app.domain.understanding.switching import read_language

_ORDERS, _OUTCOMES = frozenset(Order), frozenset({Outcome.UNSURE, Outcome.REFUSED})
_BY_GIST = 0.8  # how sure
_SURE_NO = 0.9  # below it a "not" stands among other words


def hear(
    text: str, question: Question, language: str, lexicons: Mapping[str, Lexicon], others: Sequence[str] = ()
) -> Command | Understanding:
    """The order a text is, or else what it means as a reply to the question.

    STOP comes before everything; what an option says word for word before "later" or "who is this".

    Args:
        text: as it came.
        question: the open one.
        language: the worker's.
        lexicons: of every language.
        others: the survey's languages, whose longer words count where the worker's own make no sense of the text.
    """
    known = Lexicons.of(lexicons)
    if text.strip().isdecimal():
        return understand(text, question, known.spoken(language))  # most replies: digits give no order
    offered = asked(question, known.spoken(language))
    order = _order(text, language, known, offered)
    if order is not None:
        return order
    spoken = [known[tongue] for tongue in others if tongue in known and tongue != language]
    reading = understand(text, question, known.spoken(language), spoken)
    wanted = _language(text, reading, offered, known, others)
    if wanted is not None:
        return wanted
    if reading.settled and not (reading.value is False and reading.confidence < _SURE_NO):
        return reading
    return _settled(text, language, known) or reading  # "nahi btana", spelled as it may be, is no no


def _language(
    text: str, reading: Understanding, offered: Asked, known: Lexicons, others: Sequence[str]
) -> Command | None:
    """The language a text asks for, where its name answers nothing: "which do you speak? 1 = English" is answered by it."""
    own = offered.lexicon.language
    answered = reading.settled and reading.method is not Method.WHOLE
    at_home = answered and reading.language == own
    if offered.asks_of_languages or (at_home and (" " not in text or one_form(text) in offered.exact)):
        return None
    whole = offered.question.kind is Kind.TEXT
    wanted = read_language(text, own, known, whole=whole, speaks_of=offered.speaks_of)
    if wanted is None or not wanted.language:
        return wanted  # "no english" answers nothing, whatever its "no" was taken for
    return None if at_home or (answered and wanted.language not in others) else wanted


@by_heart
def _order(text: str, language: str, known: Lexicons, offered: Asked) -> Command | None:
    """The order a text is while this is asked."""
    command = read_command(text, language, known, offered.exact)
    if command is not None or one_form(text) in offered.exact:
        return command
    whole = offered.question.kind is Kind.TEXT
    aside = read_aside(text, language, known, whole=whole, speaks_of=offered.speaks_of)
    if aside is None and not whole and (gist := gist_of(text, language, known)) in _ORDERS:
        aside = Order(gist)
    return None if aside is None else Command(aside)


def _settled(text: str, language: str, known: Lexicons) -> Understanding | None:
    """What the words of a text settle together, where it says no answer."""
    gist = gist_of(text, language, known)
    if gist not in _OUTCOMES:
        return None
    return Understanding(Outcome(gist), None, Method.WORD, _BY_GIST, text.strip(), language)
