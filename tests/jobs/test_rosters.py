"""Rosters: good rows are enrolled, bad rows named with a reason, and no number is ever repeated."""

from collections.abc import AsyncIterator

import pytest

from app.domain.errors import InvalidError
from app.jobs.rosters import RosterReport, import_roster
from tests.conftest import AMINA, BILAL, CHAMPA, WANJIRU, World
from tests.steps import rows, value

HEADER = "phone,site,language,gender"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def load(world: World, *parts: bytes | str) -> RosterReport:
    report = RosterReport()
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    async for so_far in import_roster(world.context, world.id, pieces(*raw), world.clock()):
        report = so_far
    return report


async def test_good_rows_are_enrolled_and_bad_ones_named(world: World) -> None:
    report = await world.roster(
        f"{AMINA},gazipur,en,female",
        "12,gazipur,en,male",
        f"{BILAL},atlantis,en,male",
        f"{CHAMPA},gazipur,xx,female",
        "",
        "01711000002,gazipur,bn,male",
        "0712000001,nairobi,sw,",
        ",,,",
        "not a phone,nowhere,??,",
    )
    assert (report.rows, report.added, report.bad) == (7, 3, 4)
    places = [fault.place for fault in report.faults]
    assert places == [
        "row 3, phone", "row 4, site", "row 5, language", "row 10, site", "row 10, language", "row 10, phone",
    ]  # fmt: skip
    assert await value(world, "SELECT count(*) FROM enrolment WHERE active") == 3


async def test_the_same_file_twice_changes_nothing(world: World) -> None:
    lines = (f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,bn,male", f"{WANJIRU},nairobi,sw,")
    first = await world.roster(*lines)
    before = await rows(world, "SELECT * FROM enrolment ORDER BY id")
    world.clock.forward(days=1)
    second = await world.roster(*lines)
    assert (first.added, first.updated, first.unchanged) == (3, 0, 0)
    assert (second.added, second.updated, second.unchanged) == (0, 0, 3)
    assert await rows(world, "SELECT * FROM enrolment ORDER BY id") == before
    assert await value(world, "SELECT count(*) FROM identity") == 3


async def test_a_number_twice_in_a_file_is_named_with_the_row_of_the_first(world: World) -> None:
    report = await world.roster(
        f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male", "+880 1711-000001,nairobi,en,female"
    )
    assert (report.added, report.bad) == (2, 1)
    (fault,) = report.faults
    assert fault.place == "row 4, phone"
    assert "row 2" in fault.message


async def test_a_worker_who_moved_is_enrolled_anew_and_the_old_enrolment_stays(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    report = await world.roster(f"{AMINA},nairobi,en,female")
    assert (report.added, report.updated) == (0, 1)
    kept = await rows(world, "SELECT code, active FROM enrolment JOIN site ON site.id = site_id ORDER BY active")
    assert kept == [("gazipur", False), ("nairobi", True)]
    assert await value(world, "SELECT count(*) FROM worker") == 1


@pytest.mark.parametrize(
    ("header", "why"),
    [
        pytest.param("phone,language", "'site' is missing", id="a column missing"),
        pytest.param("phone;site;language", "'phone' is missing", id="semicolons"),
        pytest.param("phone,site,language,salary", "'salary' is not known", id="a column too many"),
        pytest.param("", "'phone' is missing", id="an empty line"),
    ],
)
async def test_a_header_that_does_not_fit_is_refused_whole(world: World, header: str, why: str) -> None:
    with pytest.raises(InvalidError) as raised:
        await load(world, f"{header}\n{AMINA},gazipur,en\n")
    assert any(why in fault.message and fault.place == "row 1" for fault in raised.value.faults)
    assert await value(world, "SELECT count(*) FROM identity") == 0


async def test_an_empty_file_is_refused(world: World) -> None:
    with pytest.raises(InvalidError, match="empty"):
        await load(world)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"gazipur,{AMINA},en,female", id="columns swapped"),
        pytest.param(f"{AMINA},{AMINA},{AMINA},", id="numbers everywhere"),
        pytest.param(f"x{AMINA},gazipur,en,", id="a letter before it"),
    ],
)
async def test_a_fault_never_repeats_a_number(world: World, line: str) -> None:
    report = await world.roster(line)
    assert report.bad == 1
    assert AMINA[1:] not in repr(report.faults)


async def test_a_file_without_a_header_does_not_tell_its_first_number(world: World) -> None:
    with pytest.raises(InvalidError) as raised:
        await load(world, f"{AMINA},gazipur,en\n")
    assert AMINA[1:] not in repr((raised.value.message, raised.value.faults))


async def test_a_spreadsheets_mark_and_line_ends_are_no_matter(world: World) -> None:
    report = await load(world, "\ufeffPhone, Site ,LANGUAGE\r\n", f" {AMINA} , gazipur , EN \r\n{BILAL},gazipur,bn")
    assert (report.rows, report.added, report.bad) == (2, 2, 0)


async def test_a_file_that_is_not_utf8_is_refused_and_nothing_is_stored(world: World) -> None:
    with pytest.raises(InvalidError, match="UTF-8"):
        await load(
            world, f"{HEADER}\n{AMINA},gazipur,en,female\n", f"{BILAL},gazipur,en,".encode() + "män".encode("latin-1")
        )
    assert await value(world, "SELECT count(*) FROM identity") == 0


async def test_bytes_cut_anywhere_make_the_same_rows(world: World) -> None:
    raw = f"\ufeff{HEADER}\n{AMINA},gazipur,en,weiblich ♀\n{BILAL},gazipur,bn,পুরুষ\n".encode()
    report = await load(world, *(bytes([byte]) for byte in raw))
    assert (report.added, report.bad) == (2, 0)
    assert await rows(world, "SELECT gender FROM enrolment ORDER BY gender") == [("weiblich ♀",), ("পুরুষ",)]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f'"{AMINA},gazipur,en,female', id="a quote never closed"),
        pytest.param(f"{AMINA},gazipur,en,fem\x00ale", id="NUL"),
        pytest.param(f"{AMINA},gazi\x00pur,en,", id="NUL in the site"),
        pytest.param(f"{AMINA}", id="one cell"),
        pytest.param("x" * 9_000, id="a long line"),
        pytest.param(f"{AMINA},gazipur,en," + "x" * 200_000, id="a line far too long within one piece"),
    ],
)
async def test_a_broken_row_is_reported_and_the_next_is_enrolled(world: World, line: str) -> None:
    report = await load(world, f"{HEADER}\n{line}\n{BILAL},gazipur,en,male\n")
    assert (report.added, report.bad) == (1, 1)
    assert all(fault.place.startswith("row 2") for fault in report.faults)


async def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"0" * 10_000
        raise AssertionError("read to the end")

    with pytest.raises(InvalidError, match="CSV"):
        async for _ in import_roster(world.context, world.id, endless(), world.clock()):
            pass


async def test_the_report_names_at_most_a_thousand_faults_and_counts_them_all(world: World) -> None:
    report = await world.roster(*(f"{at},gazipur,en," for at in range(1500)))
    assert report.bad == 1500
    assert len(report.faults) == 1000


async def test_thousands_of_rows_are_written_while_they_stream_in(world: World) -> None:
    served = 0

    async def rows_of_a_big_file() -> AsyncIterator[bytes]:
        nonlocal served
        yield f"{HEADER}\n".encode()
        for start in range(0, 6_000, 500):
            served += 1
            yield "".join(
                f"+8801711{at:06},gazipur,{'en' if at % 2 else 'bn'},{'x' * 50}\n" for at in range(start, start + 500)
            ).encode()

    seen = []
    async for report in import_roster(world.context, world.id, rows_of_a_big_file(), world.clock()):
        seen.append((report.rows, served))
    assert (report.added, report.bad) == (6_000, 0)
    # Rows are written while the file still comes: never more than two batches lie between.
    assert all(given * 500 - done <= 2000 for done, given in seen)
    assert await value(world, "SELECT count(*) FROM enrolment WHERE active") == 6_000
