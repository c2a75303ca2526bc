"""A number, or a step of a scale."""

from collections.abc import Mapping

import regex

from app.domain.survey import Question
from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import denied
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.nearly import read_single
from app.domain.understanding.numerals import Numeral, read_mark, read_numeral
from app.domain.understanding.reply import Reply
from app.domain.understanding.topics import PEOPLE

_ANSWER, _NONE, _OFTEN = Outcome.ANSWER, Sense.NONE, Sense.OFTEN  # asked for by every reading
_ALWAYS = 4
_CERTAIN: Mapping[Method, float] = {Method.DIGIT: 1.0, Method.SPELLED: 0.95, Method.RANGE: 0.85}
_STEM = 3  # letters by which "günde" is of the same day as "gün"
_PAIR = 2
_REMARK = 2  # words; one alone may take the mark back: "3 no"
_CLAUSE = regex.compile(r"\d+ ?[,.;:!،۔।]")
_TELLING = (
    Sense.UNIT, Sense.RATE, Sense.NUMBER, Sense.UNSURE, Sense.REFUSE, Sense.OR, Sense.TO, Sense.BUT, Sense.CORRECTION,
)  # fmt: skip
_OUT_OF = regex.compile(r"(\d+) ?(?:/|out of) ?(\d+)(?: (\p{L}{1,3}))?")  # "9/10 pe", with a particle


def read_number(reply: Reply, offered: Asked) -> Understanding | None:
    """The number of what was asked for, in its unit."""
    return _nought(reply, offered) or _number(reply, offered)


def _nought(reply: Reply, offered: Asked) -> Understanding | None:
    """None of what is counted, or the letter that thumbs type for nought."""
    if reply.folded == "o" and "o" not in reply.lexicon.senses and within(0, offered.question):
        return Understanding(Outcome.ANSWER, 0, Method.DIGIT, 0.85, "o")
    if _NONE not in reply.hints or not offered.counts_none:
        return None
    none = any(reply.lexicon.says(phrase, Sense.NONE) for phrase in reply.phrases)
    return Understanding(Outcome.ANSWER, 0, Method.WORD, 0.85, reply.phrases[0]) if none else None


def _number(reply: Reply, offered: Asked) -> Understanding | None:
    if reply.has_digit and not reply.numbered:
        return None
    numeral = read_numeral(reply.folded, reply.words, reply.lexicon, reply.hints)
    if numeral is not None and "k" in reply.words and not within(numeral.value, offered.question):
        # Nobody works 66,000 hours: the letter is a particle of the language.
        rest = [word for word in reply.words if word != "k"]
        numeral = read_numeral(reply.folded, rest, reply.lexicon, reply.hints)
    if numeral is None or not within(numeral.value, offered.question) or _counts_else(numeral, reply, offered):
        return None
    value = int(numeral.value) if float(numeral.value).is_integer() else numeral.value
    return Understanding(_ANSWER, value, numeral.method, _certain(numeral), str(value))


def _counts_else(numeral: Numeral, reply: Reply, offered: Asked) -> bool:
    """Whether a number counts something else than was asked for, or holds at times only."""
    if numeral.rate and offered.asked_words and not _same_span(numeral.rate, offered):
        return True  # "12 hours a day" is no answer about a week
    if numeral.units and not any(map(offered.counts, numeral.units)):
        return True  # "6 days" is no answer about hours
    if numeral.strangers >= _PAIR and sum(reply.lexicon.topics.get(word) in PEOPLE for word in reply.words) >= _PAIR:
        return True  # "mother, father, me and 2 sisters" are more than two
    return _OFTEN in reply.hints and any(_seldom(word, reply.lexicon) for word in reply.core)  # "sometimes 50"


def _seldom(word: str, lexicon: Lexicon) -> bool:
    """Whether a word says that something is not always so, and does not belong to a number: Arabic "ساعات" is hours."""
    often = lexicon.of(Sense.OFTEN).get(word, _ALWAYS)
    return often < _ALWAYS and not lexicon.says(word, Sense.APPROX, Sense.UNIT, Sense.NUMBER)


def _same_span(rate: str, offered: Asked) -> bool:
    """Whether the question itself speaks of the span that a rate names: its unit, or else its longest word."""
    words = rate.split()
    spans = offered.lexicon.of(Sense.UNIT)
    span = offered.lexicon.of(Sense.RATE).get(rate) or next((spans[word] for word in words if spans.get(word)), 0)
    if span and offered.measures:
        return span in offered.measures
    units = [word for word in words if Sense.UNIT in offered.lexicon.senses.get(word, frozenset())]
    told = [word[:_STEM] for word in units or [max(words, key=len)]]
    if is_unspaced(rate):
        return any(stem in offered.asked_words for stem in told)
    return any(asked_word.startswith(tuple(told)) for asked_word in offered.asked_words.split())


def _certain(numeral: Numeral) -> float:
    """How sure a number is: in a longer sentence it may count something else, unless its unit stands by it."""
    certain = _CERTAIN[numeral.method]
    if numeral.strangers == 0:
        return certain
    if numeral.measured and numeral.strangers <= 4:  # noqa: PLR2004 - "I worked 60 hours last week"
        return 0.85
    # "no one" and "one moment" hold a number word and no number.
    return 0.8 if numeral.method is not Method.SPELLED and numeral.strangers <= 2 else 0.5  # noqa: PLR2004


def read_scale(reply: Reply, offered: Asked) -> Understanding | None:
    """A step of a scale, by its number or by the words of its ends."""
    share = _OUT_OF.fullmatch(reply.folded) if reply.has_digit else None
    if (
        share is not None
        and not denied(share.groups("")[2:], reply.lexicon)
        and float(share[2]) == offered.question.maximum
        and within(int(share[1]), offered.question)
    ):
        return Understanding(Outcome.ANSWER, int(share[1]), Method.DIGIT, 0.95, share[0])
    topped = Sense.OF in reply.hints
    mark = read_mark(reply.words, reply.lexicon, offered.question.maximum or 0) if topped else None
    if mark is not None and mark.is_integer() and within(mark, offered.question):
        return Understanding(Outcome.ANSWER, int(mark), Method.DIGIT, 0.9, " ".join(reply.core))
    if topped and len(reply.core) == 2 and reply.lexicon.says(reply.core[0], Sense.OF):  # noqa: PLR2004
        return None  # "of 10"
    reading = read_number(reply, offered) or _marked_first(reply, offered)
    # A step of a scale is whole: "5-6" or "4.5" is asked again, not rounded.
    if reading is not None:
        return reading if isinstance(reading.value, int) and reading.method is not Method.RANGE else None
    return read_single(reply, offered) if offered.question.options else None


def _marked_first(reply: Reply, offered: Asked) -> Understanding | None:
    """A step of the scale that opens a reply, and a remark of several words that counts nothing: "3, I am not well"."""
    lexicon = offered.lexicon
    mark, *remark = reply.core
    if not mark.isdecimal() or len(remark) < _REMARK or not within(int(mark), offered.question):
        return None
    parts = [part for part, _ in lexicon.every.cut(remark)]
    apart = _CLAUSE.match(reply.folded) is not None or lexicon.says(
        parts[0], Sense.NEGATION, Sense.FILLER, Sense.DEGREE
    )
    if not apart or any(lexicon.says(part, *_TELLING) or any(map(str.isdecimal, part)) for part in parts):
        return None
    return Understanding(Outcome.ANSWER, int(mark), Method.DIGIT, 0.8, mark)


def within(value: float, question: Question) -> bool:
    """Whether a number lies between the lowest and the highest that may be answered."""
    low, high = question.minimum, question.maximum
    return (low is None or low <= value) and (high is None or value <= high)
