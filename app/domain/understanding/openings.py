"""Replies that answer at once: a yes, a no or an option by itself, or as a clause with a remark behind it."""

import re
from collections.abc import Sequence

from app.domain.survey import Kind
from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import answer
from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.reply import Reply
from app.domain.understanding.yesno import asks_back, echoed, halves

_SINGLE, _YES_NO = Kind.SINGLE, Kind.YES_NO  # asked for by every reading: looking them up takes long
_CLAUSE = Sense.CLAUSE
_CLAUSE_END = re.compile(r"[,;.!:،؛۔।॥။៕]+")
_OPEN = frozenset({_SINGLE, _YES_NO})
_TAKES_BACK = (Sense.BUT, Sense.UNSURE, Sense.REFUSE, Sense.OR, Sense.CORRECTION, Sense.NUMBER)


def at_once(phrase: str, folded: str, asked: Asked) -> Understanding | None:
    """An option's text, a yes or a no and no word beside it: most replies in words, and nothing could say otherwise."""
    kind = asked.question.kind
    if kind is _SINGLE:
        return answer(asked.exact[phrase], Method.WORD, 0.98, phrase) if phrase in asked.exact else None
    if kind is not _YES_NO or (yes := asked.polar.get(phrase)) is None or (yes and asks_back(folded)):
        return None
    if phrase in asked.lexicon.settling or phrase in asked.lexicon.of(Sense.ACKNOWLEDGE):
        return None
    return Understanding(Outcome.ANSWER, yes, Method.WORD, 0.98, phrase, asked.lexicon.language)


def contradicts(folded: str, said: Understanding, asked: Asked) -> bool:
    """Whether a clause says something else than the first, or the first than a whole reply: "no, was paid", "no, afraid"."""
    if asked.question.kind is not _YES_NO or _CLAUSE_END.search(folded, 0, len(folded) - 1) is None:
        return False
    found, parts = _apart(folded, asked)
    if found is None or found.value is True:
        return found is not None and not _same(parts, found, asked)
    if said.value is True:
        return True
    behind = echoed(parts, asked)
    return behind is not None and behind.value is True  # a verb among other words may be of another matter


def _apart(folded: str, asked: Asked) -> tuple[Understanding | None, list[str]]:
    """What the first clause answers by itself, and the parts of all that follows."""
    lexicon = asked.lexicon
    first, *behind = _CLAUSE_END.split(folded, maxsplit=1)
    if not behind:
        first, *behind = _before_a_clause(first, lexicon)
    if not behind:
        return None, []
    rest = asked.cutter.cut(tokens(" ".join(behind)))
    head = Reply.of(first, tokens(first), lexicon, asked.exact, asked.cutter) if rest else None
    phrases = head.phrases if head is not None else ()
    found = next((said for phrase in phrases if (said := at_once(phrase, folded, asked)) is not None), None)
    if found is None and head is not None and asked.question.kind is _YES_NO:
        said = echoed([part for part, _ in lexicon.every.cut(head.core)], asked)
        found = said if said is not None and said.value is False else None  # "not paid, the boss says next week"
    return found, [part for part, _ in lexicon.every.cut(rest)] if found is not None else []


def _before_a_clause(folded: str, lexicon: Lexicon) -> list[str]:
    """A text in two, where a word begins a clause of its own: "sometimes | when there is less work"."""
    if not lexicon.of(_CLAUSE):
        return [folded]
    clauses, words = lexicon.phrases(_CLAUSE), tokens(folded)
    if not clauses.begin(words[1:]):
        return [folded]
    parts = clauses.cut(words)
    at = next((at for at, (_, known) in enumerate(parts) if known and at), len(parts))
    return [" ".join(part for part, _ in side) for side in (parts[:at], parts[at:]) if side]


def opening(folded: str, asked: Asked) -> Understanding | None:
    """What the first clause answers wholly, where the remark behind it says nothing else: "no, always late"."""
    if asked.question.kind not in _OPEN:
        return None
    found, parts = _apart(folded, asked)
    if found is None or any(_takes_back(part, asked.lexicon, yes=found.value is True) for part in parts):
        return None
    agrees = _says_no_more(parts, found, asked) if asked.question.kind is _SINGLE else _same(parts, found, asked)
    return found._replace(confidence=0.85) if agrees else None


def _takes_back(part: str, lexicon: Lexicon, *, yes: bool) -> bool:
    """Whether a word behind an answer may change it."""
    excepts = lexicon.says(part, Sense.EXCEPT) and not lexicon.says(part, Sense.NEGATION)
    partly = excepts or halves(part, lexicon, yes=yes)
    return partly or lexicon.says(part, *_TAKES_BACK) or any(map(str.isdecimal, part))


def _same(parts: Sequence[str], found: Understanding, asked: Asked) -> bool:
    """Whether the words behind a yes or a no say the same or neither."""
    lexicon, yes = asked.lexicon, found.value
    if any(asked.polar.get(part, yes) is not yes for part in parts):
        return False
    if yes:
        return not any(
            lexicon.says(part, Sense.NEGATION, Sense.NO) or asked.echoes.get(part, True) is False for part in parts
        )
    denies = any(lexicon.says(part, Sense.NEGATION) for part in parts)  # "no, they did not pay"
    said = [part for part in parts if asked.echoes.get(part, False) and not lexicon.says(part, Sense.OFTEN)]
    return denies or not said


def _says_no_more(parts: Sequence[str], found: Understanding, asked: Asked) -> bool:
    """Whether the words behind how often, or how good, name no other: of people, a second one may be meant."""
    lexicon = asked.lexicon
    graded = asked.often or asked.degrees
    others = {word for form, code in asked.exact.items() if code != found.value for word in form.split()}
    return bool(graded) and not any(part in others or lexicon.says(part, Sense.OFTEN, Sense.DEGREE) for part in parts)
