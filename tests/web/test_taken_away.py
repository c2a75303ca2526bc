"""What is taken away is what stands on the page, figure by figure, in every kind of file."""

import csv
import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from app.catalogue.catalogue import Catalogue
from app.store.database import Database
from app.store.vault import Vault
from app.web.pages import formats
from app.web.pages.loop import span
from tests.steps import client
from tests.web.pdfs import texts_of
from tests.web.season import Season, season
from tests.web.test_exports import fetched

Figure = tuple[str, str, str]
"""Its value, its interval and how many people, as the page writes them."""
Way = tuple[str, str]
"""How many people came to a step, and the time by which half of them had: `3 d`, `5 h`, or empty."""
Rows = list[dict[str, Any]]

_FILE = re.compile(r'<a href="(/v1/[^"]+)" download>(\w+)</a>')
_IN_TABLE = re.compile(
    r'<td[^>]* class="num value">([^<]+)</td>.*?data-head="95 %: ">([^<]+)</td>\s*<td[^>]*data-head="n ">([^<]+)</td>',
    re.DOTALL,
)
_IN_GRID = re.compile(r'<td class="figure v\d+"><b>([^<]+)</b><span>([^<]*)</span><span>n ([^<]+)</span></td>')
_SIDE = re.compile(r'<td><b>([^<]+)</b> <span class="over">([^<]*), n ([^,]+), response')
_WAY = re.compile(
    r'<td class="num"><b>~([^<]+)</b>(?: <span>[^<]+</span>)?(?:<span class="after">([^<]+)</span>)?</td>'
)
_SPAN = re.compile(r"\d+ (h|days?)")


@pytest.fixture
async def made(database: Database, vault: Vault, catalogue: Catalogue) -> AsyncIterator[Season]:
    async with season(database, vault, catalogue) as stands:
        yield stands


def of_csv(content: bytes, _folder: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def of_xlsx(content: bytes, _folder: Path) -> Rows:
    head, *rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def of_parquet(content: bytes, folder: Path) -> Rows:
    path = folder / "taken.parquet"
    path.write_bytes(content)
    found = duckdb.sql(f"SELECT * FROM '{path}'")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


TABLES: Mapping[str, Callable[[bytes, Path], Rows]] = {"CSV": of_csv, "XLSX": of_xlsx, "Parquet": of_parquet}


def figures(rows: Iterable[Mapping[str, Any]]) -> Counter[Figure]:
    """The figures of a table, as a page writes them."""
    return Counter(
        (
            formats.mean(float(row["value"])),
            f"{formats.mean(float(row['low']))}–{formats.mean(float(row['high']))}",
            formats.count(int(row["n"])),
        )
        for row in rows
        if not row["hidden"]
    )


def printed(texts: Sequence[str]) -> Counter[Figure]:
    """The figures of a report: a value, its interval and its people stand behind one another."""
    spans = [at for at, text in enumerate(texts) if re.fullmatch(r"\d+\.\d – \d+\.\d", text)]
    return Counter((texts[at - 1], texts[at].replace(" – ", "–"), texts[at + 1]) for at in spans)


def ways(rows: Iterable[Mapping[str, Any]]) -> Counter[Way]:
    """How far people came by a table, as a page writes it."""
    return Counter((formats.count(int(row["people"])), _after(row)) for row in rows)


def _after(row: Mapping[str, Any]) -> str:
    timed = row["median_hours"] not in {None, ""} and row["step"] != "raised"
    return _short(span(float(row["median_hours"]))) if timed else ""


def _short(after: str) -> str:
    return after[: after.index(" ") + 2] if after else ""


class Taken:
    """A page and the files it names."""

    def __init__(self, made: Season, page: str, folder: Path) -> None:
        self.page = page
        self._made, self._folder = made, folder
        self._files = {name: unescape(address) for address, name in _FILE.findall(page)}

    async def tables(self) -> Mapping[str, Rows]:
        """What each kind of table says."""
        return {
            kind: read(await fetched(self._made.world, self._files[kind]), self._folder)
            for kind, read in TABLES.items()
        }

    async def report(self) -> list[str]:
        """The texts of the PDF."""
        return texts_of(await fetched(self._made.world, self._files["PDF"]))


async def test_every_file_says_what_its_page_says(made: Season, tmp_path: Path) -> None:
    asked = f"round={made.rounds[1]}"
    async with client(made.world) as http:

        async def taken(path: str) -> Taken:
            return Taken(made, (await http.get(path, headers={"Accept": "text/html"})).text, tmp_path)

        await _overview(await taken(f"/overview?{asked}&country=BD&split=gender"))
        await _site(await taken(f"/sites/gazipur?{asked}"))
        await _sides(await taken(f"/compare?{asked}&site=savar&site=gazipur&site=nairobi"))
        await _loop(await taken("/loop"))


async def _overview(found: Taken) -> None:
    shown = Counter(_IN_TABLE.findall(found.page)) + Counter(_IN_GRID.findall(found.page))
    assert shown.total() == 9, "three indicators of the country and of two sites"
    report = printed(await found.report())
    for kind, rows in (await found.tables()).items():
        # Suppliers, and sites by gender, are in the files beside what the screen has room for.
        here = [row for row in rows if row["level"] == "country" or (row["level"] == "site" and not row["split"])]
        assert figures(here) == shown, kind
        assert {row["country"] for row in rows} == {"BD"}
        told = [row for row in rows if not row["split"] or row["level"] == "country"]
        assert report == figures(told), kind


async def _site(found: Taken) -> None:
    shown = Counter(_IN_TABLE.findall(found.page))
    assert shown.total() == 3
    for kind, rows in (await found.tables()).items():
        assert figures(rows) == shown, kind
    texts = await found.report()
    # The totals stand before it, to compare with.
    assert printed(texts[texts.index("Gazipur Garments (gazipur)") :]) == shown


async def _sides(found: Taken) -> None:
    shown = Counter(_SIDE.findall(found.page))
    assert shown.total() == 9
    for kind, rows in (await found.tables()).items():
        assert figures(rows) == shown, kind
    said = "|".join(await found.report())
    told = re.findall(r"([\d.]+)\| \|([\d.]+ – [\d.]+), n (\d+), ", said)
    assert Counter((value, interval.replace(" – ", "–"), n) for value, interval, n in told) == shown


async def _loop(found: Taken) -> None:
    page = found.page.partition('id="desk"')[0]
    shown = Counter((people, _short(after)) for people, after in _WAY.findall(page))
    assert shown.total() > 20
    for kind, rows in (await found.tables()).items():
        here = [row for row in rows if row["level"] in {"programme", "provider"} or not row["category"]]
        assert ways(row for row in here if row["level"] != "site") == shown, kind
    texts = [text for text in await found.report() if text.strip()]
    cells = [at for at, text in enumerate(texts) if re.fullmatch(r"~\d+", text)]
    told = Counter((texts[at][1:], next(filter(_SPAN.fullmatch, _until(texts, at)), "")) for at in cells)
    assert Counter({(people, _short(after)): n for (people, after), n in told.items()}) == shown


def _until(texts: Sequence[str], at: int) -> Sequence[str]:
    """What belongs to a cell: its share and its time, before the next one or a new row."""
    found = texts[at + 1 : at + 3]
    return found if found and found[0].endswith("%") else found[:1]
