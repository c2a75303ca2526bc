"""Why a figure is not shown, in words for whoever reads the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.disclosure import Suppression
from app.web.pages import formats
from app.web.pages.languages import gettext, marked

PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class Lock:
    """A reason: the word that stands in the cell, and what it means."""

    word: str
    meaning: str


_LOCKS: Mapping[str, Lock] = {
    Suppression.TOO_FEW: Lock(
        marked("fewer than %(k)s"),
        marked("Fewer than %(k)s people answered here; a figure about so few could point at a person."),
    ),
    Suppression.UNIFORM: Lock(
        marked("all alike"),
        marked("Everybody here answered alike, so the figure would tell what each of them said."),
    ),
    Suppression.DOMINATED: Lock(
        marked("one stands out"),
        marked("So few people make up most of the sum that the figure would tell of them."),
    ),
    Suppression.COMPLEMENTARY: Lock(
        marked("protected"),
        marked("Safe by itself, but hidden neighbours could be worked out from it by subtraction."),
    ),
    Suppression.WAITING: Lock(
        marked("waiting"),
        marked("Enough people answered, but not enough that may be told of together; they count once more have come."),
    ),
    PROTECTED: Lock(
        marked("protected"),
        marked("Not shown, so that nobody can be found in the figures. The reason would itself be an answer."),
    ),
}


def lock(reason: str, threshold: int) -> Lock:
    """The lock for a reason; one that is not known here is told as protected."""
    found = _LOCKS.get(reason, _LOCKS[PROTECTED])
    told = {"k": formats.count(threshold)}
    return Lock(gettext(found.word) % told, gettext(found.meaning) % told)


def told(reasons: Sequence[str], threshold: int) -> list[tuple[Lock, int]]:
    """Each lock in use with how many figures it hides, in the order of the vocabulary."""
    found = [lock(reason, threshold) for reason in reasons]
    known = [lock(reason, threshold) for reason in _LOCKS]
    return [(item, found.count(item)) for item in known if item in found]
