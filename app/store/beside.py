"""Published figures of sites beside the round before and the totals: only what may need a look comes out of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.store.database import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """An indicator as sites are judged by it.

    Attributes:
        indicator: its code.
        better: which end is the better one, `high` or `low`; "" where nobody has said so.
        same: whether it meant the same in the round before.
        total: its figure for the whole round, and of how many people; None where none is shown.
        n: of how many people that is.
    """

    indicator: str
    better: str
    same: bool
    total: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What was compared and what of it may need a look.

    Attributes:
        told: whether any figure has one of the round before beside it.
        compared: how many figures were compared with the round before, or with the total.
        suspects: those that are worse by enough, with the figure before, whose fields are None where there is none.
        silent: sites whose response rate is below the bar, by their codes.
    """

    told: bool
    compared: int
    suspects: Sequence[Any]
    silent: Sequence[str]


# A site's shown figures with an interval, beside the same in the earlier snapshot, and how far each is from what it is
# compared with: the others of its round are as far from the total on the other side as the site's people weigh in it.
_PAIRS = (
    "SELECT site.code AS site, figure.country, figure.supplier, figure.indicator, figure.n, figure.value, figure.low,"
    " figure.high, better, total, before.n AS before_n, before.value AS before_value, before.low AS before_low,"
    " before.high AS before_high, figure.value - before.value AS since,"
    " (figure.value - total) * total_n / greatest(total_n - figure.n, 1) AS apart"
    " FROM figure JOIN site ON site.id = figure.site_id JOIN unnest(CAST(:indicators AS text[]), CAST(:betters AS text[]),"
    " CAST(:sames AS boolean[]), CAST(:totals AS float8[]), CAST(:ns AS integer[]))"
    " AS judged (of, better, same, total, total_n) ON of = figure.indicator"
    " LEFT JOIN figure AS before ON same AND before.publication_id = :before AND before.split = ''"
    " AND before.level = 'site' AND before.site_id = figure.site_id AND before.indicator = figure.indicator"
    " AND before.low IS NOT NULL WHERE figure.publication_id = :publication AND figure.split = '' AND figure.level = 'site'"
    " AND figure.low IS NOT NULL AND (CAST(:brand AS uuid) IS NULL OR EXISTS"
    " (SELECT FROM brand_site WHERE brand_site.site_id = site.id AND brand_id = :brand))"
)
# The figure's own interval alone reaches too far for any other difference to be more than chance.
_SUSPECT = "(({by} < 0) = (better = 'high') AND abs({by}) >= :least * CASE WHEN {by} < 0 THEN high - value ELSE value - low END)"


async def sites_beside(
    store: Store,
    publication: UUID,
    before: UUID | None,
    judged: Sequence[Judged],
    least: float,
    bar: float,
    brand: UUID | None = None,
) -> Beside:
    """Sites beside an earlier snapshot and the totals of their own; only the brand's where one is given.

    Args:
        store: an open transaction.
        publication: the snapshot.
        before: the earlier one; None where there is none.
        judged: the survey's indicators.
        least: a difference below this part of the figure's interval on that side is no suspect.
        bar: a site with a lower response rate is silent.
        brand: whose sites alone are looked at.
    """
    told = {
        "publication": publication, "before": before, "brand": brand,
        "indicators": [one.indicator for one in judged], "betters": [one.better for one in judged],
        "sames": [one.same for one in judged], "totals": [one.total for one in judged], "ns": [one.n for one in judged],
    }  # fmt: skip
    (counted,) = await store.rows(
        "SELECT coalesce(bool_or(before_n IS NOT NULL), false) AS told, count(before_n) FILTER (WHERE better <> '')"
        f" + count(total) FILTER (WHERE better <> '') AS compared FROM ({_PAIRS}) AS pairs",
        **told,
    )
    suspects = await store.rows(
        f"SELECT * FROM ({_PAIRS}) AS pairs WHERE better <> '' AND ({_SUSPECT.format(by='since')}"
        f" OR {_SUSPECT.format(by='apart')}) ORDER BY indicator, country, supplier, site",
        **told,
        least=least,
    )
    silent = await store.rows(
        "SELECT site FROM (SELECT DISTINCT ON (site.code) site.code AS site, response_rate FROM figure"
        " JOIN site ON site.id = site_id WHERE publication_id = :publication AND split = '' AND level = 'site'"
        " AND low IS NOT NULL AND response_rate IS NOT NULL AND (CAST(:brand AS uuid) IS NULL OR EXISTS"
        " (SELECT FROM brand_site WHERE brand_site.site_id = site.id AND brand_id = :brand))"
        " ORDER BY site.code, indicator DESC) AS newest WHERE response_rate < :bar ORDER BY site",
        publication=publication, brand=brand, bar=bar,
    )  # fmt: skip
    return Beside(counted.told, counted.compared, suspects, [row.site for row in silent])
