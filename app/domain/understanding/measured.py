"""A number, or a step of a scale."""

from collections.abc import Mapping
from itertools import pairwise

import regex

from app.domain.survey import Kind, Question
from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import denied
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.echoes import SUFFERED
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.nearly import read_single
from app.domain.understanding.numerals import MONEY, Numeral, has_digit, read_mark, read_numeral
from app.domain.understanding.reply import Reply
from app.domain.understanding.topics import PEOPLE

_ANSWER, _NONE, _OFTEN, _SPAN = Outcome.ANSWER, Sense.NONE, Sense.OFTEN, Sense.SPAN  # asked for by every reading
_ALWAYS = 4
_HOUR, _DAYS, _WEEK = 2.0, frozenset({3.0}), frozenset({4.0})  # classes of units
_YEAR = 6.0
_THINGS = frozenset({0.0, 8.0})  # what has no unit, and people
_DAYS_OF_A_WEEK = 7
_HOURLY, _DAY_LONG = 2, 24  # how the tables mark what says an hour only of so many
_DENYING = frozenset({_NONE, Sense.NO})
_LACKING = _DENYING | {Sense.ECHO_NO}  # "I do not have children"
_VERBS = (Sense.ECHO_YES, Sense.ECHO_NO, Sense.DEGREE)
_CERTAIN: Mapping[Method, float] = {Method.DIGIT: 1.0, Method.SPELLED: 0.95, Method.RANGE: 0.85}
_SURE = 0.75  # below this a number may count something else
_ADDING = (Sense.AND, Sense.EXCEPT)
_PAY, _PAID = "pay", 11  # the topic, and what a question is about
_THOUSAND = 1000
_PARTICLE = 3  # letters
_STEM = 3  # letters by which "günde" is of the same day as "gün"
_PAIR = 2
_REMARK = 2  # words; one alone may take the mark back: "3 no"
_CLAUSE = regex.compile(r" ?[,.;:!،۔।]")
_TELLING = (
    Sense.UNIT, Sense.RATE, Sense.NUMBER, Sense.UNSURE, Sense.REFUSE, Sense.OR, Sense.TO, Sense.BUT, Sense.CORRECTION,
)  # fmt: skip
_MORE = regex.compile(r"\d ?\+ ?\p{L}|\d[ml](?!\p{L})")  # "60 000 + bonus"; "3m" may be three million, "3l" thirty-one
_OUT_OF = regex.compile(r"(\d+) ?(?:/|out of) ?(\d+)(?: (\D+))?")  # "9/10 pe", with a particle


def read_number(reply: Reply, offered: Asked) -> Understanding | None:
    """The number of what was asked for, in its unit."""
    return (
        _out_of_all(reply, offered)
        or _nought(reply, offered)
        or _number(reply, offered)
        or (_spanned(reply, offered) if _SPAN in reply.hints else None)
    )


def _spanned(reply: Reply, offered: Asked) -> Understanding | None:
    """So many days of a week as words tell: "every day", "Monday to Saturday"; none, where "I did not work" was asked."""
    spans = reply.lexicon.of(_SPAN)
    phrase = next((phrase for phrase in reply.phrases if phrase in spans), None)
    if phrase is None or offered.question.kind is not Kind.NUMBER or not within(spans[phrase], offered.question):
        return None
    days = int(spans[phrase])
    worked = offered.counts_none and any(map(offered.speaks_of, phrase.split(" ")))
    if not (offered.measure in _DAYS and offered.question.maximum == _DAYS_OF_A_WEEK if days else worked):
        return None
    return Understanding(_ANSWER, days, Method.WORD, 0.85, phrase)


def _nought(reply: Reply, offered: Asked) -> Understanding | None:
    """None of what is counted, or the letter that thumbs type for nought."""
    if reply.folded == "o" and "o" not in reply.lexicon.senses and within(0, offered.question):
        return Understanding(Outcome.ANSWER, 0, Method.DIGIT, 0.85, "o")
    none = _NONE in reply.hints and (offered.counts_none or _counts_things(offered)) and any(
        reply.lexicon.says(phrase, _NONE) for phrase in reply.phrases
    )  # fmt: skip
    if none or (not reply.hints.isdisjoint(_LACKING) and _has_none(reply, offered)):
        return Understanding(Outcome.ANSWER, 0, Method.WORD, 0.85, reply.phrases[0])
    return None


def _counts_things(offered: Asked) -> bool:
    """Whether a question counts what has no unit, such as children, of which a worker may have none."""
    counted = offered.question.kind is Kind.NUMBER and (offered.question.minimum or 0) <= 0
    paid = _PAY in offered.themes or _PAID in offered.echoes.subjects
    return counted and offered.measure in _THINGS and bool(offered.themes) and not paid


def _has_none(reply: Reply, offered: Asked) -> bool:
    """Whether a reply says that there is none of the very thing that is counted: "no children", Urdu "koi karza nahi".

    Of debt a mere no says so as well: Tamil "kadan illai".
    """
    if offered.question.kind is not Kind.NUMBER or (offered.question.minimum or 0) > 0:
        return False
    lexicon = reply.lexicon
    parts = [part for part, _ in lexicon.cut_by_topics(reply.core)]
    told = (part for part in parts if offered.speaks_of(part) or lexicon.topics.get(part) in offered.themes)
    named = {part for part in told if not lexicon.says(part, *_VERBS)}
    rest = [part for part in parts if part not in named]
    bare = [part for part in rest if not lexicon.says(part, Sense.UNIT, Sense.FILLER)]
    owed = any(lexicon.topics.get(part) == "debt" for part in named)
    denying = _LACKING if _counts_things(offered) else _DENYING if owed else {_NONE}
    return bool(named) and any(lexicon.says(" ".join(words), *denying) for words in (parts, rest, bare))


def _out_of_all(reply: Reply, offered: Asked) -> Understanding | None:
    """So many of as many as there are: "8/10", "6 days out of 7"."""
    topped = Sense.OF in reply.hints
    if not topped and "/" not in reply.folded:
        return None
    share = _OUT_OF.fullmatch(reply.folded) if reply.has_digit else None
    highest = offered.question.maximum
    if (
        share is not None
        and all(_adds_nothing(word, reply.lexicon) for word in (share[3] or "").split())
        and float(share[2]) == highest
        and within(int(share[1]), offered.question)
    ):
        return Understanding(Outcome.ANSWER, int(share[1]), Method.DIGIT, 0.95, share[0])
    mark = read_mark(reply.words, reply.lexicon, highest or 0) if topped else None
    if mark is not None and mark.is_integer() and within(mark, offered.question):
        return Understanding(Outcome.ANSWER, int(mark), Method.DIGIT, 0.9, " ".join(reply.core))
    return None


def _adds_nothing(word: str, lexicon: Lexicon) -> bool:
    """Whether a word behind a mark is polite, or a particle that does not deny it."""
    particle = len(word) <= _PARTICLE and word.isalpha() and not denied((word,), lexicon)
    return particle or lexicon.says(word, Sense.POLITE, Sense.FILLER)


def _number(reply: Reply, offered: Asked) -> Understanding | None:
    if reply.has_digit and (not reply.numbered or _MORE.search(reply.folded)):
        return None
    numeral = read_numeral(reply.folded, reply.words, reply.lexicon, reply.hints)
    if numeral is not None and "k" in reply.words and not within(numeral.value, offered.question):
        # Nobody works 66,000 hours: the letter is a particle of the language.
        rest = [word for word in reply.words if word != "k"]
        numeral = read_numeral(reply.folded, rest, reply.lexicon, reply.hints)
    if numeral is not None and offered.measures == _DAYS and _in_weeks(numeral, reply.lexicon):
        numeral = numeral._replace(value=numeral.value * 7, units=_DAYS, rate="")
    if numeral is None or not within(numeral.value, offered.question) or _counts_else(numeral, reply, offered):
        return None
    value = int(numeral.value) if float(numeral.value).is_integer() else numeral.value
    return Understanding(_ANSWER, value, numeral.method, _certain(numeral, reply, offered), str(value))


def _of_a_clock(numeral: Numeral, reply: Reply, offered: Asked) -> bool:
    """Whether a number is an hour of the day: words for that stand beside it, or right before it, by their value.

    "Room 12" is no count either. French "à" says an hour only where a day has that many: "à 60 h" is none.
    """
    clock = reply.lexicon.phrases(Sense.CLOCK)
    if not clock or not clock.begin(reply.words):
        return False
    # "At least 50" says no hour of the day.
    parts = clock.cut([part for part, _ in reply.lexicon.every.cut(reply.words)])
    behind = [part for part, _ in parts[1:]] + [""]
    daily = (
        numeral.value <= _DAY_LONG and numeral.method is not Method.RANGE and _HOUR in {*numeral.units, offered.measure}
    )
    return any(
        known and (not clock[part] or (has_digit(following) and (clock[part] != _HOURLY or daily)))
        for (part, known), following in zip(parts, behind, strict=True)
    )


def _counted(rate: str, reply: Reply) -> float:
    """The class of a unit that says how often as well, where it stands behind a number; else 0."""
    behind = any(word == rate and before.isdecimal() for before, word in pairwise(reply.words))
    return reply.lexicon.of(Sense.UNIT).get(rate, 0) if behind else 0


def _in_weeks(numeral: Numeral, lexicon: Lexicon) -> bool:
    """Whether a number counts weeks: "two weeks", of the days that pay was late; French "semaine" says "a week" too."""
    return numeral.units == _WEEK or (not numeral.units and lexicon.of(Sense.UNIT).get(numeral.rate) in _WEEK)


def _counts_else(numeral: Numeral, reply: Reply, offered: Asked) -> bool:
    """Whether a number counts something else than was asked for, or holds at times only."""
    if offered.question.kind is Kind.NUMBER and _of_a_clock(numeral, reply, offered):
        return True  # "at 6", "5 pm"
    aged = not offered.measures and _counted(numeral.rate, reply) == _YEAR  # Thai "24 ปี", and "ปี" says a year too
    if numeral.rate and offered.asked_words and not aged and not _same_span(numeral.rate, offered):
        return True  # "12 hours a day" is no answer about a week
    if numeral.rate and not numeral.units and not offered.counts(_counted(numeral.rate, reply)):
        return True  # French "1 semaine" counts weeks, though "semaine" says "a week" as well
    if numeral.units and not any(map(offered.counts, numeral.units)):
        return True  # "6 days" is no answer about hours
    if (
        _counts_who_did(reply, offered)
        or _joins_another(reply)
        or _and_more(reply, offered)
        or (numeral.strangers and (_of_leave(reply, offered) or _of_people(numeral, reply)))
    ):
        return True  # "4 days off" is no count of days at work
    return _OFTEN in reply.hints and any(_seldom(word, reply.lexicon) for word in reply.core)  # "sometimes 50"


def _counts_who_did(reply: Reply, offered: Asked) -> bool:
    """Whether what was suffered stands beside a mark, which may count those who did it: "3 supervisors hit us"."""
    if offered.question.kind is not Kind.SCALE or Sense.ECHO_YES not in reply.hints:
        return False
    told = reply.lexicon.of(Sense.ECHO_YES)
    return any(told.get(part) == SUFFERED for part, _ in reply.lexicon.every.cut(reply.core))


def _joins_another(reply: Reply) -> bool:
    """Whether an "and" behind a number ends a reply: Urdu "pachas sath" may be fifty or sixty."""
    *before, last = reply.words
    lexicon = reply.lexicon
    joins = lexicon.says(last, Sense.AND) and not lexicon.says(last, Sense.NUMBER, Sense.APPROX)  # "60 plus"
    joins = joins and not lexicon.says(" ".join(reply.words[-_PAIR:]), Sense.NUMBER)  # Amharic "haya and" is 21
    if not before or not joins or last in lexicon.of(Sense.AND_AFTER):
        return False
    return before[-1].isdecimal() or lexicon.says(before[-1], Sense.NUMBER)


def _of_leave(reply: Reply, offered: Asked) -> bool:
    """Whether what a number counts is leave, where something else was asked for: Urdu "chaar din chutti thi"."""
    lexicon = offered.lexicon
    parts = lexicon.cut_by_topics(reply.words) if "leave" not in offered.themes else []
    counted = [part for part, _ in parts if not lexicon.says(part, Sense.UNIT)]
    return any(
        lexicon.topics.get(part) == "leave" and (lexicon.says(before, Sense.NUMBER) or before.isdecimal())
        for before, part in pairwise(counted)
    )


def _of_people(numeral: Numeral, reply: Reply) -> bool:
    """Whether people are named beside those counted: "mother, father, me and 2 sisters" are more than two."""
    topics = reply.lexicon.topics
    return numeral.strangers >= _PAIR and sum(topics.get(word) in PEOPLE for word in reply.words) >= _PAIR


def _and_more(reply: Reply, offered: Asked) -> bool:
    """Whether something that nobody knows is added to a pay, or taken off it: "60 000 and a bonus"."""
    if reply.hints.isdisjoint(_ADDING) or not offered.measure or not offered.counts(MONEY):
        return False
    parts = [part for part, _ in reply.lexicon.every.cut(reply.core)]
    after = next((at for at, part in enumerate(parts) if reply.lexicon.says(part, *_ADDING)), len(parts))
    counted = any(map(has_digit, parts[:after]))
    return counted and any(part not in reply.lexicon.senses and not has_digit(part) for part in parts[after:])


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


def _certain(numeral: Numeral, reply: Reply, offered: Asked) -> float:
    """How sure a number is: in a longer sentence it may count something else, unless its unit stands by it."""
    certain = _CERTAIN[numeral.method]
    if numeral.strangers == 0:
        return certain
    if numeral.measured and numeral.strangers <= 4:  # noqa: PLR2004 - "I worked 60 hours last week"
        return 0.85
    counted = numeral.strangers == 1 and not offered.measure  # "three children", where children were asked for
    if counted and any(reply.lexicon.topics.get(word) in offered.themes for word in reply.core):
        return 0.85
    # "No one" and "one moment" hold a number word and no number; nobody says 32,000 without meaning it, unless a word that
    # nobody knows may be a part of it.
    told = numeral.method is not Method.SPELLED or (numeral.value > _THOUSAND and _all_known(reply))
    return 0.8 if told and numeral.strangers <= 2 else 0.5  # noqa: PLR2004


def _all_known(reply: Reply) -> bool:
    """Whether the tables know every word of a reply."""
    lexicon = reply.lexicon
    return all(part in lexicon.senses or part in lexicon.topics for part, _ in lexicon.every.cut(reply.words))


def read_scale(reply: Reply, offered: Asked) -> Understanding | None:
    """A step of a scale, by its number or by the words of its ends."""
    reply = reply.without_signs()
    part = _out_of_all(reply, offered)
    if part is not None:
        return part
    if Sense.OF in reply.hints and len(reply.core) == 2 and reply.lexicon.says(reply.core[0], Sense.OF):  # noqa: PLR2004
        return None  # "of 10"
    reading = read_number(reply, offered)
    if reading is None or reading.confidence < _SURE:
        reading = _marked_first(reply, offered) or _marked_last(reply, offered) or reading
    # A step of a scale is whole: "5-6" or "4.5" is asked again, not rounded.
    if reading is not None:
        return reading if isinstance(reading.value, int) and reading.method is not Method.RANGE else None
    return read_single(reply, offered) if offered.question.options else None


def _marked_first(reply: Reply, offered: Asked) -> Understanding | None:
    """A step of the scale that opens a reply, and a remark of several words that counts nothing: "3, I am not well"."""
    lexicon = offered.lexicon
    mark, *remark = reply.core
    step = int(mark) if mark.isdecimal() else int(lexicon.of(Sense.NUMBER).get(mark, 1))
    if (step == 1 and not mark.isdecimal()) or len(remark) < _REMARK or not within(step, offered.question):
        return None  # a spelled one may be an article
    parts = [part for part, _ in lexicon.every.cut(remark)]
    apart = (
        (reply.folded.startswith(mark) and _CLAUSE.match(reply.folded, len(mark)) is not None)
        or lexicon.says(parts[0], Sense.NEGATION, Sense.FILLER, Sense.DEGREE)
        or any(lexicon.phrases(Sense.CLAUSE).starting(remark, 0))
    )
    if not apart or any(lexicon.says(part, *_TELLING) or any(map(str.isdecimal, part)) for part in parts):
        return None
    return Understanding(Outcome.ANSWER, step, Method.DIGIT if mark.isdecimal() else Method.SPELLED, 0.8, mark)


def _marked_last(reply: Reply, offered: Asked) -> Understanding | None:
    """A step of the scale behind words that say how much: Urdu "bilkul nahi 0", not at all."""
    *said, mark = reply.core
    if not said or not mark.isdecimal() or not within(int(mark), offered.question):
        return None
    phrase, lexicon = " ".join(said), reply.lexicon
    if not lexicon.says(phrase, Sense.DEGREE, Sense.NONE, Sense.NO_PROBLEM) and not (
        len(said) > 1 and lexicon.says(phrase, Sense.NO)
    ):
        return None
    return Understanding(Outcome.ANSWER, int(mark), Method.DIGIT, 0.8, mark)


def within(value: float, question: Question) -> bool:
    """Whether a number lies between the lowest and the highest that may be answered."""
    low, high = question.minimum, question.maximum
    return (low is None or low <= value) and (high is None or value <= high)
