"""Metrics: what is told, to whom, and what is told of nobody."""

import re
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.carriers.protocol import Cause, Delivery, Rejected, StatusReport, Unknown
from app.domain.alerts import Reading
from app.jobs.context import Context
from app.jobs.reporting import take_reports
from app.jobs.sending import send_outbox
from app.web.metrics import GAUGES, gauges
from app.web.rest.metrics import metrics_app
from tests.conftest import AMINA, BILAL, World
from tests.steps import Obedient, ask, client, say, text, write

OURS = re.compile(r"[a-z][a-z0-9.-]*|\+Inf|[0-9.]+", re.ASCII)


async def scraped(world: World) -> dict[tuple[str, ...], float]:
    """(name, label values…) → value, as Prometheus reads them."""
    await world.wiring.watch.beat(world.clock())
    async with client(world, "operator") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for sample in family.samples:
            found[sample.name.removeprefix("shiftline_"), *sample.labels.values()] = sample.value
            for value in sample.labels.values():
                assert OURS.fullmatch(value), f"{sample.name} is labelled {value}"
    assert AMINA[1:] not in answer.text
    return found


async def test_an_idle_service_tells_that_nothing_waits(world: World) -> None:
    found = await scraped(world)
    assert found["database_up",] == 1
    assert found["workers_alive",] == 1
    assert found["queue_texts", "simulator", "now", "reply"] == 0
    assert {"database_up", *(name for name, (_, labels) in GAUGES.items() if not labels)} <= {key[0] for key in found}


async def test_a_round_is_told_in_texts_replies_segments_reports_and_seconds(world: World) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await ask(world)
    await say(world, AMINA, "1", "4")
    found = await scraped(world)
    assert found["texts_total", "simulator", "accepted"] == 4
    assert found["segments_total", "simulator"] >= 4
    assert (found["replies_kept_total", "simulator"], found["replies_read_total", "simulator"]) == (2, 2)
    assert found["reports_total", "simulator", "delivered"] == 4
    assert found["batch_seconds_count", "read"] == 2
    assert found["batch_seconds_bucket", "read", "+Inf"] == 2
    assert found["batch_seconds_sum", "read"] > 0


async def test_what_waits_is_told_by_its_age_and_whether_it_is_due(world: World) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female")
    await ask(world)
    await text(world, AMINA, "1")
    world.clock.forward(seconds=90)
    found = await scraped(world)
    assert (found["inbox_replies",], found["inbox_oldest_seconds",]) == (1, 90)
    world.clock.now = world.clock.now.replace(hour=17)  # 23:00 in Dhaka
    await say(world, AMINA)
    world.clock.forward(minutes=5)
    assert (await scraped(world))["queue_oldest_seconds", "simulator", "reply"] == 0


async def test_errors_are_told_by_carrier_and_class_with_unknown_and_dead_letters(world: World) -> None:
    await write(world)
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    carrier, given = Obedient(), world.context
    context = Context(given.database, given.vault, {"simulator": carrier}, given.catalogue, tally=given.tally)
    answers = iter([Rejected(Cause.ROUTE, "21408"), Unknown(Cause.TIMEOUT, "no-answer")])
    carrier.answer = lambda _text: next(answers)
    for number in (AMINA, BILAL):
        await text(world, number, "help")
    await say_nothing_but_answer(context, world)
    found = await scraped(world)
    assert (found["texts_total", "simulator", "failed"], found["texts_total", "simulator", "unknown"]) == (1, 1)
    assert (found["text_errors_total", "simulator", "route"], found["text_errors_total", "simulator", "timeout"]) == (
        1,
        1,
    )
    assert found["dead_letters", "simulator"] == 1
    assert found["unknown_texts", "simulator", "no"] == 1
    world.clock.forward(hours=25)
    assert (await scraped(world))["unknown_texts", "simulator", "yes"] == 1
    await take_reports(context, "simulator", [StatusReport("SM1", "not-ours", Delivery.SENT)], world.clock())


async def say_nothing_but_answer(context: Context, world: World) -> None:
    from app.jobs.engine import hear

    await hear(context, world.clock())
    await send_outbox(context, world.clock())


async def test_a_process_that_died_is_told_of_no_more_and_its_counts_stay(world: World) -> None:
    world.context.tally.count("texts", "simulator", "accepted", 3)
    assert (await scraped(world))["processes", "both"] == 1
    world.clock.forward(minutes=2)
    async with client(world, "operator") as http:
        body = (await http.get("/metrics")).text
    assert "shiftline_workers_alive 0.0" in body
    assert 'shiftline_texts_total{carrier="simulator",outcome="accepted"} 3.0' in body


async def test_the_counts_of_two_processes_are_added_and_nothing_is_counted_twice(world: World) -> None:
    for _ in range(2):
        world.context.tally.count("texts", "simulator", "accepted", 2)
        await world.wiring.watch.beat(world.clock())
        await world.wiring.watch.beat(world.clock())
    assert (await scraped(world))["texts_total", "simulator", "accepted"] == 4


async def test_metrics_take_an_operators_key_and_no_other(world: World) -> None:
    async with client(world, "ngo") as http:
        assert (await http.get("/metrics")).status_code == 403


async def test_a_port_of_their_own_shows_metrics_alone_and_without_a_key(world: World) -> None:
    transport = httpx2.ASGITransport(app=metrics_app(world.wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as http:
        assert "shiftline_database_up 1.0" in (await http.get("/metrics")).text
        assert (await http.get("/v1/operator/unknown")).status_code == 404
        assert (await http.get("/")).status_code == 404


async def test_with_the_database_away_a_process_tells_what_it_knows_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(world.wiring.keeper.folder)
    (folder / "6f9619ff-8b86-4011-b42d-00cf4fc964ff.spool").write_bytes(b"x" * 30)
    await world.context.database.aclose()
    monkeypatch.setattr(world.context.database, "transaction", away)
    transport = httpx2.ASGITransport(app=metrics_app(world.wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as http:
        body = (await http.get("/metrics")).text
    assert "shiftline_database_up 0.0" in body
    assert "shiftline_spool_bytes 30.0" in body


def away() -> None:
    from app.domain.errors import UnavailableError

    raise UnavailableError("away")


def test_a_reading_that_is_in_no_table_is_never_shown() -> None:
    with pytest.raises(KeyError):
        gauges([Reading("numbers", 1)])


async def test_an_error_share_needs_some_texts_and_forgets_what_is_long_past(world: World) -> None:
    tally, watch = world.context.tally, world.wiring.watch
    tally.count("texts", "simulator", "failed", 10)
    assert ("error_share", "simulator") not in await scraped(world)
    tally.count("texts", "simulator", "accepted", 10)
    assert (await scraped(world))["error_share", "simulator"] == 0.5
    for _ in range(2):
        await watch.judge(world.clock())
        world.clock.forward(minutes=11)
    tally.count("texts", "simulator", "accepted", 30)
    assert (await scraped(world))["error_share", "simulator"] == 0
