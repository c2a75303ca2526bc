"""One indicator's cells, hidden and shown again until no difference of them tells too much."""

from collections.abc import Sequence

from app.domain.disclosure.hierarchy import Hierarchy
from app.domain.disclosure.model import NOBODY, Cell, DisclosureError, Key, Suppression, primary, unchanged
from app.domain.statistics import Tally


class Table:
    """One indicator's cells, and the set of those shown, which shrinks until every rest is safe.

    Raises:
        DisclosureError: A cell stands twice, or a total holds fewer people than its parts.
    """

    def __init__(self, cells: Sequence[Cell], k: int) -> None:
        self._cells = {cell.key: cell for cell in cells}
        if len(self._cells) < len(cells):
            raise DisclosureError(f"A cell of {cells[0].indicator!r} stands twice")
        self._k = k
        self._tree = Hierarchy(self._cells)
        self._own = {key: self._remainder(cell) for key, cell in self._cells.items()}
        former = {cell.key for cell in cells if cell.published}
        self._former = {self._people(self._tree.rest(key, former)) for key in former}
        self._shown = {cell.key for cell in cells if primary(cell.tally, k) is Suppression.SHOWN}

    def decide(self) -> dict[Cell, Suppression]:
        """What becomes of each cell."""
        self._cover()
        self._restore()
        return {cell: self._reason(cell) for cell in self._cells.values()}

    def _remainder(self, cell: Cell) -> tuple[Tally, Tally]:
        """The people of a total who stand in none of its parts, now and before."""
        parts = [self._cells[part] for part in self._tree.parts(cell.key)]
        now = cell.tally - sum((part.tally for part in parts), NOBODY)
        if now.n < 0:
            raise DisclosureError(f"The parts of {cell.level} {cell.key!r} hold more people than it does")
        return now, cell.before - sum((part.before for part in parts), NOBODY)

    def _people(self, rest: frozenset[Key]) -> frozenset[Key]:
        """A rest without its empty cells."""
        return frozenset(key for key in rest if any(tally.n for tally in self._own[key]))

    def _safe(self, rest: frozenset[Key]) -> bool:
        people = self._people(rest)
        if not people:
            return True
        now = sum((self._own[key][0] for key in people), NOBODY)
        before = sum((self._own[key][1] for key in people), NOBODY)
        if primary(now, self._k) is not Suppression.SHOWN:
            return False
        return primary(now - before, self._k) is Suppression.SHOWN or (
            unchanged(now, before) and people in self._former
        )

    def _rest(self, key: Key) -> frozenset[Key]:
        return self._tree.rest(key, self._shown)

    def _cover(self) -> None:
        """Hide parts, and at last the total, until no rest tells too much; parts first, for totals matter more."""
        for key in self._tree.inside_out():
            while key in self._shown and not self._safe(self._rest(key)):
                parts = self._tree.outermost(key, self._shown)
                self._shown.remove(min(parts, key=self._size) if parts else key)

    def _size(self, key: Key) -> tuple[int, Key]:
        return self._cells[key].tally.n, key

    def _restore(self) -> None:
        """Show again what was hidden in vain, the outermost and largest first.

        The smallest part hides first, and may turn out to cover nobody: it brought no newcomers, or all its parts are
        shown, and it is their sum.
        """
        fit = [cell for cell in self._cells.values() if primary(cell.tally, self._k) is Suppression.SHOWN]
        order = [cell.key for cell in sorted(fit, key=lambda cell: (len(cell.key), -cell.tally.n, cell.key))]
        while any(self._returned(key) for key in order):
            continue  # one cell's return may let another return

    def _returned(self, key: Key) -> bool:
        """Show a hidden cell again where all rests stay safe; whether that was done."""
        total, rest = self._tree.shown_total(key, self._shown), self._rest(key)
        if key in self._shown or not self._safe(rest):
            return False
        if total is not None and not self._safe(self._rest(total) - rest):
            return False
        self._shown.add(key)
        return True

    def _reason(self, cell: Cell) -> Suppression:
        alone = primary(cell.tally, self._k)
        if cell.key in self._shown or alone is not Suppression.SHOWN:
            return alone
        grown = primary(cell.newcomers, self._k) is Suppression.SHOWN or unchanged(cell.tally, cell.before)
        return Suppression.COMPLEMENTARY if grown else Suppression.WAITING
