"""Roster import: a CSV, streamed; good rows are enrolled, bad rows are reported with the reason, never the number."""

import codecs
import csv
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, InvalidError
from app.domain.numbers import normalise
from app.domain.phrases import phrase
from app.jobs.context import Context
from app.store.programmes import list_sites
from app.store.workers import RosterCounts, RosterEntry, enrol, mark_shared

REQUIRED = ("phone", "site", "language")
STRATA = ("gender", "age_band", "employment")
OTHER = "other_phone"
CONFIRMED = "confirmed"
OPTIONAL = (*STRATA, OTHER, CONFIRMED)
_YES, _NO = frozenset({"", "yes", "true", "1"}), frozenset({"no", "false", "0"})
_CHUNK = 1000
_MOST_FAULTS = 1000
_LONGEST_LINE = 10_000
_MOST_DIGITS = 5  # the shortest phone numbers have seven


@dataclass(slots=True)
class RosterReport:
    """What an import did; `faults` name row and column, at most the first thousand of them."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: int = 0
    faults: list[Fault] = field(default_factory=list["Fault"])

    def count(self, done: RosterCounts) -> None:
        """Add what a batch changed."""
        self.added += done.added
        self.updated += done.updated
        self.unchanged += done.unchanged


async def import_roster(
    context: Context, programme: UUID, chunks: AsyncIterator[bytes], now: datetime
) -> AsyncIterator[RosterReport]:
    """Import a roster as it streams in; the report so far after every batch, the final one last.

    Args:
        context: the store and the vault.
        programme: whose workers.
        chunks: the CSV, UTF-8, with a header: phone, site, language, and gender, age_band, employment, other_phone where
            known; `confirmed` is no where nobody vouches that a worker of the site holds the phone.
        now: the moment.

    Raises:
        InvalidError: the header lacks a column, the text is not UTF-8, or a line is absurdly long.
    """
    async with context.database.transaction() as store:
        sites = {site["code"]: site for site in await list_sites(store, programme)}
    reader = _Rows(sites, frozenset(context.catalogue.texts))
    report = RosterReport()
    async for rows in _batches(_lines(chunks)):
        entries = list(reader.read(rows, report))
        async with context.database.transaction() as store:
            report.count(await enrol(store, context.vault, programme, entries, now))
            await mark_shared(store, context.vault, programme, reader.shared(), now)
        yield report
    if reader.header is None:
        raise InvalidError(
            "The roster is empty.",
            [Fault("row 1", phrase("needs a header with: {required}", required=", ".join(REQUIRED)))],
        )
    yield report


class _LookedAt(Exception):  # noqa: N818 - no error: it takes a transaction back
    """Everything was looked at, and nothing is kept."""


async def look_over_roster(
    context: Context, programme: UUID, chunks: AsyncIterator[bytes], now: datetime
) -> RosterReport:  # fmt: skip
    """What an import would do; nothing of it is kept. Raises as `import_roster` does."""
    report = RosterReport()
    try:
        async with context.database.transaction() as store:
            sites = {site["code"]: site for site in await list_sites(store, programme)}
            reader = _Rows(sites, frozenset(context.catalogue.texts))
            async for rows in _batches(_lines(chunks)):
                entries = list(reader.read(rows, report))
                report.count(await enrol(store, context.vault, programme, entries, now))
            raise _LookedAt  # noqa: TRY301 - the way out of a transaction that keeps nothing
    except _LookedAt:
        return report


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Whole lines out of pieces of bytes; a quoted field may not hold a line break."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    try:
        async for chunk in chunks:
            rest += decoder.decode(chunk)
            *lines, rest = rest.split("\n")
            for line in lines:
                yield line.rstrip("\r")
            if len(rest) > _LONGEST_LINE:
                raise InvalidError("The roster has a line of over 10,000 characters; is it a CSV file?")
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as problem:
        raise InvalidError("The roster is not UTF-8 text; save it as CSV UTF-8.") from problem
    if rest:
        yield rest


async def _batches(lines: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for line in lines:
        batch.append(line)
        if len(batch) == _CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch


def _shown(cell: str) -> str:
    """A cell as a fault may repeat it: never one that could be a phone number in the wrong column."""
    return "what stands here" if sum(sign.isdigit() for sign in cell) > _MOST_DIGITS else repr(cell[:60])


class _Rows:
    """Turns lines into entries, and remembers what it saw."""

    def __init__(self, sites: Mapping[str, Mapping[str, Any]], languages: frozenset[str]) -> None:
        self.header: list[str] | None = None
        self._sites = sites
        self._languages = languages
        self._seen: dict[str, int] = {}
        self._shared: set[str] = set()
        self._line = 0

    def shared(self) -> list[str]:
        """The numbers that stood twice since this was asked last."""
        found, self._shared = sorted(self._shared), set()
        return found

    def read(self, lines: list[str], report: RosterReport) -> Iterator[RosterEntry]:
        for line in lines:
            self._line += 1
            if len(line) > _LONGEST_LINE or "\x00" in line:
                self._refuse(line, report)
                continue
            cells = next(csv.reader([line]), [])
            if self.header is None:
                self.header = self._columns(cells)
            elif any(cell.strip() for cell in cells):
                report.rows += 1
                entry = self._entry(dict(zip(self.header, (cell.strip() for cell in cells), strict=False)), report)
                if entry is not None:
                    yield entry

    def _refuse(self, line: str, report: RosterReport) -> None:
        """A line that no CSV file of workers holds; as a header it makes the file none."""
        fault = Fault(f"row {self._line}", "holds a NUL" if "\x00" in line else "is over 10,000 characters long")
        if self.header is None:
            raise InvalidError("The roster's header does not fit.", [fault])
        report.rows += 1
        report.bad += 1
        report.faults += [fault][: _MOST_FAULTS - len(report.faults)]

    def _columns(self, cells: list[str]) -> list[str]:
        header = [cell.strip().casefold() for cell in cells]
        missing = [name for name in REQUIRED if name not in header]
        unknown = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
        faults = [Fault("row 1", phrase("the column {name!r} is missing", name=name)) for name in missing]
        known = ", ".join((*REQUIRED, *OPTIONAL))
        faults += [
            Fault("row 1", phrase("the column {name} is not known; known are: {known}", name=_shown(name), known=known))
            for name in unknown
        ]
        if faults:
            raise InvalidError("The roster's header does not fit.", faults)
        return header

    def _entry(self, row: Mapping[str, str], report: RosterReport) -> RosterEntry | None:
        faults: list[Fault] = []
        place = f"row {self._line}"
        site = self._sites.get(row.get("site", ""))
        if site is None:
            faults.append(
                Fault(
                    f"{place}, site",
                    phrase("{value} is not a site of this programme", value=_shown(row.get("site", ""))),
                )
            )
        language = row.get("language", "").casefold()
        if language not in self._languages:
            known = ", ".join(sorted(self._languages))
            faults.append(
                Fault(
                    f"{place}, language",
                    phrase("{language} is not spoken here; one of: {known}", language=_shown(language), known=known),
                )
            )
        number = self._number(row.get("phone", ""), site, place, faults)
        confirmed = row.get(CONFIRMED, "").casefold()
        if confirmed not in _YES | _NO:
            faults.append(
                Fault(f"{place}, {CONFIRMED}", phrase("{confirmed} is neither yes nor no", confirmed=_shown(confirmed)))
            )
        other = self._other(row.get(OTHER, ""), site, place, faults)
        if faults or site is None:
            report.bad += 1
            report.faults += faults[: _MOST_FAULTS - len(report.faults)]
            return None
        # Only now: a row that was refused must not take the number from a good one after it.
        self._seen[number] = self._line
        strata = (row.get(name, "")[:60] for name in STRATA)
        return RosterEntry(number, site["id"], language, *strata, other=other, confirmed=confirmed in _YES)

    def _other(self, raw: str, site: Mapping[str, Any] | None, place: str, faults: list[Fault]) -> str:
        try:
            return normalise(raw, site["country"] if site else "ZZ") if raw else ""
        except InvalidError as problem:
            faults.append(Fault(f"{place}, {OTHER}", problem.message))
            return ""

    def _number(self, raw: str, site: Mapping[str, Any] | None, place: str, faults: list[Fault]) -> str:
        try:
            number = normalise(raw, site["country"] if site else "ZZ")
        except InvalidError as problem:
            faults.append(Fault(f"{place}, phone", problem.message))
            return ""
        if number in self._seen:
            self._shared.add(number)
            faults.append(
                Fault(f"{place}, phone", phrase("the same number stands in row {found}", found=self._seen[number]))
            )
        return number
