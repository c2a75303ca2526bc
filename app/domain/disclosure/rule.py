"""The rule as a publisher asks for it."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from app.domain.disclosure.model import DEFAULT_THRESHOLD, Cell, Suppression, check_threshold, unchanged
from app.domain.disclosure.table import Table


def may_replace(published_n: int | None, n: int, k: int = DEFAULT_THRESHOLD) -> bool:
    """Whether at least k people were added since a figure was published (None: never).

    Necessary and not sufficient: the difference of two totals tells as much. `suppress` looks at both.

    Raises:
        DisclosureError: k is below 5.
    """
    check_threshold(k)
    return n - (published_n or 0) >= k


def suppress(cells: Iterable[Cell], k: int = DEFAULT_THRESHOLD) -> dict[Cell, Suppression]:
    """Which cells of one round may be shown, and why the others may not.

    Every publication with news (see `indicators_with_news`) starts the count of newcomers anew, so it should be made
    seldom: a site to which fewer than k people come between two publications keeps its former figure.

    Args:
        cells: of one round and any number of indicators; a total includes its parts.
        k: the fewest people that may be told of.

    Raises:
        DisclosureError: k is below 5, a cell stands twice, or a total holds fewer people than its parts.
    """
    check_threshold(k)
    tables = groupby(sorted(cells, key=lambda cell: cell.indicator), key=lambda cell: cell.indicator)
    return {cell: reason for _, table in tables for cell, reason in Table(list(table), k).decide().items()}


def indicators_with_news(decisions: Mapping[Cell, Suppression]) -> frozenset[str]:
    """The indicators for which something new would be shown.

    For the others a publication tells nothing, so their cells' `before` and `published` should stay as they are: their
    newcomers then add up until they are enough.

    Args:
        decisions: what `suppress` returned.
    """
    shown = (cell for cell, reason in decisions.items() if reason is Suppression.SHOWN)
    return frozenset(cell.indicator for cell in shown if not unchanged(cell.tally, cell.before))
