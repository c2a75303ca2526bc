"""Totals and their parts: a round's countries, a country's sites, and the rests that shown parts leave."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from app.domain.disclosure.model import Key


class Hierarchy:
    """Cells by key; a cell is a part of the nearest cell whose key begins its own.

    Args:
        keys: the cells there are; a level may be left out.
    """

    __slots__ = ("_parts", "_total")

    def __init__(self, keys: Iterable[Key]) -> None:
        self._parts: dict[Key, list[Key]] = {key: [] for key in sorted(keys)}
        self._total: dict[Key, Key] = {}
        for key in self._parts:
            total = next((key[:depth] for depth in reversed(range(len(key))) if key[:depth] in self._parts), None)
            if total is not None:
                self._total[key] = total
                self._parts[total].append(key)

    def inside_out(self) -> list[Key]:
        """Every cell, parts before their totals."""
        return sorted(self._parts, key=lambda key: (-len(key), key))

    def parts(self, key: Key) -> list[Key]:
        """The cells that the total directly holds."""
        return self._parts[key]

    def rest(self, key: Key, shown: AbstractSet[Key]) -> frozenset[Key]:
        """The cells inside a total, itself included, that no shown part of it covers."""
        inner = (self.rest(part, shown) for part in self._parts[key] if part not in shown)
        return frozenset({key}).union(*inner)

    def outermost(self, key: Key, shown: AbstractSet[Key]) -> list[Key]:
        """The shown parts of a total that stand in no other shown part of it."""
        found: list[Key] = []
        for part in self._parts[key]:
            found += [part] if part in shown else self.outermost(part, shown)
        return found

    def shown_total(self, key: Key, shown: AbstractSet[Key]) -> Key | None:
        """The nearest shown total a cell stands in, or None."""
        total = self._total.get(key)
        while total is not None and total not in shown:
            total = self._total.get(total)
        return total
