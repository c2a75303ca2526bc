"""A site whose figure is far better than its peers' can be a very good site, or one where people were coached."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean, variance
from typing import Final

from app.domain.phrases import phrase
from app.domain.quality.model import Flag, FlagKind, SiteFigure
from app.domain.quality.sites import RARE
from app.domain.student import student_t

_LEAST_PEERS: Final = 4
_LEAST_PEOPLE: Final = 10


def far_above_peers(figures: Sequence[SiteFigure]) -> Iterator[Flag]:
    """Sites better than what the other sites of the round lead one to expect of the next one.

    The other sites' spread holds both how sites differ and chance; the bar is Student's for one more site. Only the
    better end counts: answers that are far worse are no coaching.
    """
    indicators: dict[str, list[SiteFigure]] = defaultdict(list)
    for figure in figures:
        if figure.tally.n >= _LEAST_PEOPLE and figure.better:
            indicators[figure.indicator].append(figure)
    for rows in indicators.values():
        if len(rows) > _LEAST_PEERS:
            yield from _above(rows, RARE)


def _above(rows: Sequence[SiteFigure], rare: float) -> Iterator[Flag]:
    means = [row.tally.total / row.tally.n for row in rows]
    for at, row in enumerate(rows):
        peers = means[:at] + means[at + 1 :]
        sign = 1 if row.better == "high" else -1
        spread = math.sqrt(variance(peers) * (1 + 1 / len(peers)) + _own_error(row))
        lead = sign * (means[at] - fmean(peers))
        if spread > 0 and lead > student_t(1 - rare, len(peers) - 1) * spread:
            n = row.tally.n
            evidence = phrase(
                "The mean is {mean}, where that of {peers} other sites is {expected}: better by {times} times what sites"
                " differ by.",
                mean=round(means[at], 2), peers=len(peers), expected=round(fmean(peers), 2),
                times=round(lead / spread, 1),
            )  # fmt: skip
            yield Flag(row.site, FlagKind.ABOVE, n, n, fmean(peers), evidence, indicator=row.indicator)


def _own_error(row: SiteFigure) -> float:
    """A small site's own chance, which larger peers' spread does not hold."""
    tally = row.tally
    return max(0.0, tally.total_squares / tally.n - (tally.total / tally.n) ** 2) / tally.n
