"""Yes or no."""

from collections.abc import Mapping
from dataclasses import replace

import regex

from app.domain.survey import Value
from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import by_code, by_spelling, strange
from app.domain.understanding.lexicon import Sense, is_unspaced
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.numerals import parse_number
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.reply import Reply
from app.domain.understanding.slips import nearest

_ASKS_BACK = regex.compile(r"[?？؟]")
_NEAR = 3  # this many words nothing accounts for may stand before the yes or the no
_SHORT = 2
_CODES = frozenset({1, 2})
_NO_OPTIONS = Phrases[int]({})
_LONG_ENOUGH = 6  # "telat" (late) is one letter from "telah" (already): shorter words must be right
_HARMLESS = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.UNIT, Sense.AND, Sense.YES)
_TURNING = (Sense.NEGATION, Sense.NO, Sense.UNSURE, Sense.EXCEPT)


def read_yes_no(reply: Reply, asked: Asked) -> Understanding | None:
    """A yes or a no: by word, by 1 or 2, by the question's own words, by a spelled number, or with a slip."""
    lexicon = reply.lexicon
    forms = asked.polar
    for phrase in reply.phrases:
        if phrase in forms and not (forms[phrase] and _ASKS_BACK.search(reply.folded)):
            return Understanding(Outcome.ANSWER, forms[phrase], Method.WORD, 0.98, phrase)
    if reply.holds_digits:
        # Any number but 1 and 2 answers another question.
        code = by_code(reply, _CODES, asked.coded)
        unknown = strange(reply.core, asked.coded.words, lexicon)
        if code is None or any(parse_number(word) is None for word in unknown):
            return None  # "2 days late" is no no
        return replace(code, value=code.value == 1)
    said = _said(reply, forms)
    if said is not None:
        return None if said.value is True and _ASKS_BACK.search(reply.folded) else said  # "sure?" asks back
    spelled = by_spelling(reply, _CODES, _NO_OPTIONS)
    if spelled is not None:
        return replace(spelled, value=spelled.value == 1)
    echoed = _echoed(reply) if asked.question.text else None
    phrase = " ".join(reply.core)
    return echoed or (nearest(phrase, forms, lexicon) if len(phrase) >= _LONG_ENOUGH else None)


def _echoed(reply: Reply) -> Understanding | None:
    """The verb of the question given back, and nothing beside it that could turn it: "got it", "they told us, sir"."""
    lexicon = reply.lexicon
    forms = lexicon.echoes
    parts = [part for part, _ in lexicon.every.cut(reply.core)]
    said = {forms[part] for part in parts if part in forms}
    others = [part for part in parts if part not in forms]
    if len(said) != 1 or not all(
        reply.lexicon.says(part, *_HARMLESS) and not reply.lexicon.says(part, *_TURNING) for part in others
    ):
        return None
    value = said.pop()
    if value is False and any(lexicon.says(part, Sense.YES) for part in others):
        return None  # "yes, not paid"
    first = next(part for part in parts if part in forms)
    return Understanding(Outcome.ANSWER, value, Method.WORD, 0.85, first)


def _said(reply: Reply, forms: Mapping[str, Value]) -> Understanding | None:
    lexicon = reply.lexicon
    parts = [part for part, _ in lexicon.every.cut(reply.core)]
    values = {forms[part] for part in parts if part in forms}
    others = [part for part in parts if part not in forms]
    if len(values) != 1 or any(reply.lexicon.says(part, Sense.UNSURE, Sense.REFUSE) for part in others):
        return None
    value = values.pop()
    against = [part for part in others if lexicon.echoes.get(part, value) is not value]
    denies = value is False and all(reply.lexicon.says(part, Sense.NEGATION) for part in parts if part in forms)
    but = [
        part
        for part in others
        if lexicon.says(part, Sense.BUT)
        or (lexicon.says(part, Sense.EXCEPT) and not lexicon.says(part, Sense.NEGATION))
    ]
    if but or (against and not denies):
        return None  # "yes, not paid", "no, was paid", "yes but"; "nobody told us" is a no
    if value is True and any(reply.lexicon.says(part, Sense.NEGATION) for part in others):
        return None
    first = next(at for at, part in enumerate(parts) if part in forms)
    return Understanding(Outcome.ANSWER, value, Method.WORD, _surely(parts, first, len(others), reply), parts[first])


def _surely(parts: list[str], first: int, others: int, reply: Reply) -> float:
    if not others:
        return 0.95
    known = all(part in reply.lexicon.senses for part in parts)
    short = len(parts[first]) <= (_SHORT if is_unspaced(parts[first]) else 1)
    # Without blanks nobody can tell a short word from a part of a longer one.
    if short and not known:
        return 0.6
    return 0.8 if first == 0 or (first <= _NEAR and others <= _NEAR) else 0.6
