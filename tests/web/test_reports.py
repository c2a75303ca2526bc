"""A report says what the dashboard shows and how to read it, in every script, and nothing in it is read as a command."""

import hashlib
import re
import zlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.catalogue.reports import FONTS, report_texts
from app.domain.errors import InvalidError, NotFoundError, UnavailableError
from app.domain.figures import WHOLE, Part
from app.domain.indicators import IndicatorShape
from app.jobs.publishing import publish_round
from app.jobs.takeaway import reports, typesetting
from app.jobs.takeaway.reports import report
from app.jobs.takeaway.tables import unit_of
from app.jobs.takeaway.typesetting import typeset
from app.store import surveys
from app.store.keys import Caller
from tests.conftest import World
from tests.steps import ask, client, run, score_site
from tests.web.test_exports import board, brand_key, published

WORDS = {
    "NotoSansBengali": "সাভার গার্মেন্টস",
    "NotoSansMyanmar": "မြန်မာဘာသာ",
    "NotoSansKhmer": "គ្រប់ពេល",
    "NotoSansArabic": "هل تشعر بالأمان",
    "NotoSansEthiopic": "ክፍያ",
    "NotoSansLao": "ສະບາຍດີ",
    "NotoSansSinhala": "ශ්‍රී",
    "NotoSansTamil": "பாதுகாப்பாக",
    "NotoSansThai": "น้ำใจ",
}


async def made(world: World, created: UUID, site: str | None = None, caller: Caller | None = None, **asked: Any) -> Any:
    who = caller or Caller(UUID(int=1), "ngo", "test", world.id)
    rest = {"brand": None, "language": "en", "publication": None, "base": "http://here", **asked}
    part = Part(sites=(site,)) if site else WHOLE
    return (await report(world.context, who, created, **{"part": part, **rest}))[0]


def within(pdf: bytes) -> bytes:
    """A PDF's objects, its packed streams opened."""
    opened = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            opened.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(opened)


async def test_a_report_of_a_site_shows_what_the_dashboard_shows_of_it(world: World) -> None:
    created = await published(world)
    told = await made(world, created, "savar")
    (place, row) = next((part["name"], part["rows"][0]) for part in told["parts"] if "savar" in part["name"])
    shown = next(row for row in await board(world, created) if row["site"] == "savar")
    assert place == "সাভার গার্মেন্টস (savar)"
    assert (row["value"], row["n"]) == (f"{shown['value']:.1f}", str(shown["n"]))
    assert row["interval"] == f"{shown['low']:.1f} – {shown['high']:.1f}"
    assert 0 < row["from"] < row["at"] < row["to"] < 1
    assert not [part for part in told["parts"] if "tongi" in part["name"]]


async def test_a_hidden_site_is_told_to_be_protected_without_a_number(world: World) -> None:
    created = await published(world)
    told = await made(world, created, "tongi")
    (row,) = next(part["rows"] for part in told["parts"] if "tongi" in part["name"])
    assert (row["hidden"], row["value"], row["interval"], row["n"], row["response_rate"]) == (True, "", "", "", "")
    assert "at" not in row


async def test_the_notes_are_written_from_the_data(world: World) -> None:
    created = await published(world)
    told = await made(world, created)
    notes = "\n".join(told["notes"])
    hidden = [row for row in await board(world, created) if row["hidden"]]
    assert f"{len(hidden)} of {len(await board(world, created))} cells" in notes
    assert "from the question “safe” on" in notes
    assert "fewer than 10 people" in notes
    assert "given no head-counts" in notes
    assert f"http://here/v1/rounds/{created}/export?publication=" in notes
    assert "still open" in notes
    await run(world, "UPDATE programme SET threshold = 12")
    assert "fewer than 12 people" in "\n".join((await made(world, created))["notes"])


async def test_questions_are_told_in_the_readers_language_where_the_survey_speaks_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await published(world)
    # As another process that has not read it yet: a published survey is read once.
    monkeypatch.setattr(surveys, "_published", {})
    document = "jsonb_set(document, '{questions,0,text,bn}', '\"আপনার কাজ কতটা নিরাপদ?\"')"
    await run(world, "ALTER TABLE survey DISABLE TRIGGER ALL")
    await run(world, f"UPDATE survey SET document = {document}")
    assert (await made(world, created, language="bn"))["questions"][0]["asked"][0]["text"] == "আপনার কাজ কতটা নিরাপদ?"
    assert (await made(world, created, language="km"))["questions"][0]["asked"][0]["text"] == "How safe is your work?"


async def test_a_brand_gets_a_report_of_its_own_sites_and_an_ngo_sees_it_through_its_eyes(world: World) -> None:
    created = await published(world)
    await brand_key(world, "gazipur", "tongi")
    async with client(world, "brand") as http:
        answer = await http.get(f"/v1/rounds/{created}/report")
        refused = await http.get(f"/v1/rounds/{created}/report", params={"site": "savar"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert refused.status_code == 404
    told = await made(world, created, brand="acme")
    assert not [part for part in told["parts"] if "savar" in part["name"]]
    assert [part for part in told["parts"] if "gazipur" in part["name"]]


async def test_a_report_of_too_many_sites_and_of_no_site_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await published(world)
    with pytest.raises(NotFoundError):
        await made(world, created, "nowhere")
    monkeypatch.setattr(reports, "MOST_SITES", 2)
    with pytest.raises(InvalidError, match="name a site"):
        await made(world, created)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (IndicatorShape("mean", 0, 100, "0-100", "high"), "0-100, higher is better"),
        (
            IndicatorShape("share", 0, 1, "share with low well-being", "low"),
            "share with low well-being, lower is better",
        ),
        (IndicatorShape("mean", None, None, "as asked", "high"), "as asked"),
    ],
)
def test_which_end_is_better_is_told_of_scales_alone(of: IndicatorShape, said: str) -> None:
    assert unit_of(of, report_texts("en")) == said


def told(*words: str) -> dict[str, Any]:
    """The smallest report there is, saying these words."""
    asked = [{"text": word, "options": "", "language": "en"} for word in words]
    texts = dict.fromkeys(("questions", "notes", "nothing"), "x")
    return {
        "title": "T", "subtitle": "", "programme": "P", "round": "R", "language": "en", "words": texts, "facts": [],
        "parts": [], "questions": [{"name": "q", "asked": asked}], "notes": [],
    }  # fmt: skip


def test_every_script_is_set_in_a_font_that_ships_and_twice_the_same() -> None:
    pdf = typeset(told(*WORDS.values()), datetime(2026, 11, 2, tzinfo=UTC))
    held = within(pdf)
    assert [name for name in WORDS if name.encode() not in held] == []
    assert pdf == typeset(told(*WORDS.values()), datetime(2026, 11, 2, tzinfo=UTC))


def test_a_name_in_the_typesetters_own_language_is_a_name() -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    assert typeset(told('#panic("x") #read("/etc/passwd") $a^2$ *b*'), at) != typeset(told("a2 b"), at)


def test_fonts_are_the_ones_whose_hashes_were_written_down() -> None:
    listed = dict(reversed(line.split("  ")) for line in (FONTS / "SHA256SUMS").read_text().splitlines())
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.ttf")}


def test_whoever_comes_when_too_many_are_made_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "_AT_ONCE", typesetting.BoundedSemaphore(1))
    monkeypatch.setattr(typesetting, "_PATIENCE_SECONDS", 0.01)
    with typesetting._AT_ONCE, pytest.raises(UnavailableError):
        typeset(told("x"), datetime(2026, 11, 2, tzinfo=UTC))
    assert typeset(told("x"), datetime(2026, 11, 2, tzinfo=UTC))


def safety(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of the one indicator that is shown."""
    return next(row for row in rows if row["indicator"] == "safety")


async def asked_twice(world: World) -> UUID:
    """Two rounds, a site far worse in the second; the second."""
    await published(world)
    world.clock.forward(days=10)
    later = await ask(world)
    await score_site(world, later, "gazipur", 40, 20)
    await score_site(world, later, "savar", 40, 60)
    await publish_round(world.context, world.id, later, world.clock.forward(seconds=1))
    return later


async def test_a_report_of_all_tells_what_the_overview_tells(world: World) -> None:
    told = await made(world, await asked_twice(world), part=Part("BD"))
    assert told["subtitle"] == "Country BD"
    (look,) = told["looks"]
    assert look["site"].endswith("(gazipur)")
    assert "safety: −40.0 since the round before" in look["reasons"]
    whole = safety(next(part["rows"] for part in told["parts"] if part["name"] == "Country BD"))
    assert whole["moved"].startswith("worse −20.0 (")
    assert told["since"].startswith("Since Round")
    assert "All sites of the round" not in [part["name"] for part in told["parts"]]  # it is not on that screen
    assert "country=BD" in told["notes"][-1]


async def test_sites_side_by_side_stand_in_the_order_asked_for_beside_the_first(world: World) -> None:
    created = await asked_twice(world)
    told = await made(world, created, part=Part(sites=("savar", "gazipur")))
    assert told["sides"]["columns"] == ["সাভার গার্মেন্টস", "=cmd|' /C calc'!A0"]
    first, second = safety(told["sides"]["rows"])["cells"]
    assert (first["value"], first["moved"]) == ("60.0", "")
    assert second["moved"].startswith("worse −40.0 (")
    assert told["parts"] == []
    with pytest.raises(InvalidError, match="At most 4"):
        await made(world, created, part=Part(sites=("savar", "gazipur", *"abc")))
    with pytest.raises(NotFoundError, match="nowhere"):
        await made(world, created, part=Part(sites=("savar", "nowhere")))


async def test_what_cannot_be_told_of_a_part_is_refused(world: World) -> None:
    created = await published(world)
    with pytest.raises(InvalidError):
        await made(world, created, part=Part("", "Alpha"))
    with pytest.raises(InvalidError):
        await made(world, created, "savar", split="gender")


async def test_the_address_of_a_report_is_that_of_the_screen(world: World) -> None:
    created = await asked_twice(world)
    async with client(world, "ngo") as http:
        for asked in ({"country": "BD"}, {"site": ["savar", "gazipur"]}, {"site": "savar"}, {"split": "gender"}):
            answer = await http.get(f"/v1/rounds/{created}/report", params=asked)
            assert answer.content.startswith(b"%PDF-"), answer.text
