"""One name leads through the logs from a reply's webhook to the report on its answer, and nothing in them is a person's."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

import app
from app.carriers.protocol import Cause, Delivery, InboundText, Rejected, StatusReport
from app.jobs.engine import hear, hear_phones
from app.jobs.parcels import Parcel, pack, unpack
from app.jobs.reporting import take_reports
from app.jobs.sending import send_outbox
from tests.conftest import AMINA, MONDAY, SENDER, World
from tests.steps import ask, client, rows, value, write
from tests.web.test_operating import Office

SECRET_WORDS = "Akhi Begum at the third loom"
NUMBERS = re.compile(r"\+?\d{9,15}(?![\d-])")


def ways(logged: list[Any]) -> dict[str, list[str]]:
    """Trace → the events that name it, in order."""
    found: dict[str, list[str]] = {}
    for entry in logged:
        if "trace" in entry:
            found.setdefault(entry["trace"], []).append(entry["event"])
    return found


async def test_a_replys_whole_way_has_one_name_in_every_line(world: World) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female")
    await ask(world)
    parcel = Parcel("simulator", world.clock(), (InboundText("SM1", AMINA, SENDER, f"1 {SECRET_WORDS}"),))
    with structlog.testing.capture_logs() as logged:
        await world.wiring.keeper.keep(parcel)
        await hear(world.context, world.clock())
        await send_outbox(world.context, world.clock())
        await hear_phones(world.context, world.simulator, world.clock())
    assert ways(logged)[parcel.trace.hex] == ["reply-kept", "reply-read", "text-handed-over", "report-taken"]
    assert await rows(
        world, "SELECT inbox.trace_id = outbox.trace_id FROM inbox, outbox WHERE outbox.priority = 0"
    ) == [(True,)]
    said = repr(logged)
    assert SECRET_WORDS not in said
    assert SENDER[1:] not in said
    without_names = re.sub(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", "", said)
    assert not NUMBERS.search(without_names)


async def test_a_text_that_begins_a_way_is_named_by_itself_and_so_is_its_further_try(world: World) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female")
    await ask(world)
    text = await value(world, "SELECT id FROM outbox")
    gone = StatusReport("", str(text), Delivery.UNDELIVERED, Cause.UNREACHABLE)
    await write_off(world, text)
    with structlog.testing.capture_logs() as logged:
        await take_reports(world.context, "simulator", [gone], world.clock())
        world.clock.forward(hours=6)
        await send_outbox(world.context, world.clock())
    assert ways(logged) == {UUID(str(text)).hex: ["report-taken", "text-handed-over"]}


async def write_off(world: World, text: UUID) -> None:
    async with world.context.database.transaction() as store:
        await store.run("UPDATE outbox SET state = 'accepted' WHERE id = :text", text=text)


async def test_a_way_keeps_its_name_through_the_spool(world: World) -> None:
    parcel = Parcel("simulator", world.clock(), (InboundText("SM1", AMINA, SENDER, "hello"),))
    keeper = world.wiring.keeper
    keeper.hold()
    with structlog.testing.capture_logs() as logged:
        await keeper.keep(parcel)
        await keeper.replay()
    assert ways(logged)[parcel.trace.hex] == ["webhook-spooled", "reply-kept"]
    assert await value(world, "SELECT trace_id FROM inbox") == parcel.trace


def test_what_an_earlier_release_spooled_gets_a_name() -> None:
    parcel = Parcel("simulator", MONDAY, (InboundText("SM1", AMINA, SENDER, "hello"),))
    packed = pack(parcel)
    assert unpack(packed).trace == parcel.trace
    old = packed.replace(f',"trace":"{parcel.trace.hex}"', "")
    assert old != packed
    assert unpack(old).replies == parcel.replies


async def test_a_webhook_that_breaks_and_a_text_that_fails_are_logged_by_name_alone(world: World) -> None:
    office = Office(world)
    with structlog.testing.capture_logs() as logged:
        await office.text(Rejected(Cause.OTHER, AMINA))
        async with client(world, None) as http:
            await http.post("/carriers/simulator/inbound", content=f"From={AMINA}&Body={SECRET_WORDS}")
    (told,) = [entry for entry in logged if entry["event"] == "text-handed-over"]
    assert (told["outcome"], told["cause"]) == ("failed", "other")
    assert AMINA[1:] not in repr(logged), "a carrier's code may be anything, a number among it"


def test_no_log_call_of_the_program_names_a_number_or_a_text() -> None:
    banned = re.compile(
        r"\b(number|numbers|text|body|sender|to|code|url|reference)=(?!problem\.code|problem\.errno|failed\.code)"
    )
    found = [
        f"{path.name}:{call[:80]}"
        for path in Path(app.__file__).parent.rglob("*.py")
        for call in re.findall(r"\blog\.(?:debug|info|warning|error)\((.*?)\)\n", path.read_text(), re.DOTALL)
        if banned.search(call)
    ]
    assert found == []
