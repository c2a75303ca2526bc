"""The tables that are published: these and no others. Every filter more is one more way to subtract."""

from dataclasses import dataclass
from typing import Final

from app.domain.disclosure.model import Key, level_of


@dataclass(frozen=True, slots=True)
class Split:
    """A filter, and the levels at which it may be used."""

    name: str
    levels: frozenset[str]

    def at(self, key: Key) -> bool:
        """Whether the filter may be used at a place."""
        return level_of(key) in self.levels


PLACES: Final = ("round", "country", "supplier", "site")
"""The levels for everybody, from the outside in; a supplier's sites are those in one country. Besides, sectors."""

SPLITS: Final = (
    Split("gender", frozenset({"round", "country", "supplier", "site"})),
    Split("age_band", frozenset({"round", "country"})),
    Split("employment", frozenset({"round", "country", "site"})),
)
"""Gender, age and employment are never crossed with one another."""
