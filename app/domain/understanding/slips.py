"""Slips of the thumb: the one form a misspelt reply can only mean."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from rapidfuzz.distance import OSA

from app.domain.survey import Value
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding

_SHORT_EXACT = 3  # words up to this length must match exactly: "no" and "na" are one slip apart
_SHORT_FUZZY = 7  # up to this length one slip is forgiven, beyond it two

V = TypeVar("V", bool, int, str)
Targets = Mapping[str, Sequence[tuple[str, V]]]
"""Forms that may be misspelt, each with its value, by their first letters: thumbs seldom miss those, and prefixes that
turn a sense round change them."""


def targets(forms: Mapping[str, V]) -> Targets[V]:
    """The forms long enough to be told when they are misspelt."""
    found: dict[str, list[tuple[str, V]]] = {}
    for form, value in forms.items():
        if len(form) > _SHORT_EXACT:
            found.setdefault(form[0], []).append((form, value))
    return found


def nearest(phrase: str, forms: Targets[V], lexicon: Lexicon) -> Understanding | None:
    """The only value within reach of a misspelling (optimal string alignment), or None where two are.

    A phrase that is itself a word of the language is no misspelling of another.
    """
    if (
        len(phrase) <= _SHORT_EXACT
        or phrase in lexicon.senses
        or all(word in lexicon.senses for word in phrase.split())
    ):
        return None
    near: dict[Value, tuple[int, str]] = {}
    low, high = len(phrase) - 2, len(phrase) + 2
    for form, value in forms.get(phrase[0], ()):
        if not low <= len(form) <= high:
            continue
        allowed = 1 if min(len(form), len(phrase)) <= _SHORT_FUZZY else 2
        slips = OSA.distance(phrase, form, score_cutoff=allowed)
        if slips <= allowed and not _turned(phrase, form, lexicon) and slips < near.get(value, (99, ""))[0]:
            near[value] = (slips, form)
    if len(near) != 1:
        return None
    value, (slips, form) = next(iter(near.items()))
    return Understanding(Outcome.ANSWER, value, Method.FUZZY, round(1 - 0.9 * slips / len(form), 2), phrase)


def _turned(phrase: str, form: str, lexicon: Lexicon) -> bool:
    """Whether what sets the phrase apart from the form may be a negation, before it or stuck to its end."""
    added = phrase.removeprefix(form) if phrase.startswith(form) else ""
    strangers = {added.strip(), *phrase.split()} - set(form.split())
    return any(word in lexicon.of(Sense.NEGATION) or word in lexicon.of(Sense.NO) for word in strangers)
