"""What is on the screen, to take away: files, an address that shows the same again, and the call that gives it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from app.domain.figures import WHOLE, Part
from app.web.pages.languages import visit

_FORMATS = (("XLSX", "xlsx"), ("CSV", "csv"), ("Parquet", "parquet"), ("JSON", "json"))
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TakeAway:
    """Files as (name, address); the page's own address that does not change; the REST call for the same figures.

    `without` is why there is no PDF; "" where there is one, or none is made of such pages.
    """

    files: Sequence[tuple[str, str]]
    again: str
    call: str
    without: str = ""


def take_away(
    round_id: UUID, publication: UUID, part: Part = WHOLE, splits: Sequence[str] = (), report: Pairs | None = None
) -> TakeAway:
    """What a page of a round's figures leads to.

    Args:
        round_id: the round.
        publication: the snapshot on the screen.
        part: of its figures.
        splits: the filters told apart beside the figures of everybody.
        report: what the address of the PDF says beside the publication; None where no report has just this.
    """
    asked: Pairs = [
        ("publication", str(publication)),
        *(("split", split) for split in (("", *splits) if splits else ())),
        *(("country", part.country) for _ in range(bool(part.country))),
        *(("supplier", part.supplier) for _ in range(bool(part.supplier))),
        *(("site", site) for site in part.sites),
    ]
    base = f"/v1/rounds/{round_id}"
    files = [(name, f"{base}/export?{urlencode([*asked, ('format', code)])}") for name, code in _FORMATS]
    if report is not None:
        told = urlencode([("publication", str(publication)), ("language", visit().language), *report])
        files.insert(0, ("PDF", f"{base}/report?{told}"))
    again = visit().with_query(round=str(round_id), publication=str(publication))
    return TakeAway(files, again, f"GET {base}?{urlencode(asked)}")
