from datetime import UTC, datetime, timedelta

import pytest

from app.carriers.protocol import Accepted, Carrier, Cause, Delivery, Lookup, OutboundText, Request
from app.carriers.simulator import Direction, HandsetText, Simulator
from app.domain.errors import ForgedWebhookError, InvalidError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NASRIN, MINH, GONE = "+8801711000001", "+84912000001", "+8801711000009"
OURS = "+15005550006"


def outbound(message: str, to: str = NASRIN, text: str = "Hello") -> OutboundText:
    return OutboundText(message, to, OURS, text)


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(lambda: NOW, dead=lambda number: number == GONE)


def test_it_is_a_carrier(simulator: Simulator) -> None:
    carrier: Carrier = simulator
    assert carrier.name == "simulator"
    assert carrier.capabilities.two_way


async def test_a_text_lands_on_its_phone_and_is_reported_once(simulator: Simulator) -> None:
    outcomes = await simulator.send([outbound("m1"), outbound("m2", MINH, "Chào")])
    assert simulator.handset(NASRIN).texts == (HandsetText(Direction.RECEIVED, OURS, "Hello", NOW),)
    assert simulator.handset(MINH).texts[0].text == "Chào"
    reports = simulator.take_reports()
    assert [(report.message, report.delivery, report.cause) for report in reports] == [
        ("m1", Delivery.DELIVERED, None),
        ("m2", Delivery.DELIVERED, None),
    ]
    assert [Accepted(report.reference) for report in reports] == list(outcomes.values())
    assert simulator.take_reports() == []


async def test_a_dead_number_takes_the_text_and_reports_that_it_was_lost(simulator: Simulator) -> None:
    outcomes = await simulator.send([outbound("m1", GONE)])
    (report,) = simulator.take_reports()
    assert outcomes == {"m1": Accepted(report.reference)}
    assert (report.delivery, report.cause) == (Delivery.FAILED, Cause.UNREACHABLE)
    assert simulator.handset(GONE).dead
    assert simulator.handset(GONE).texts == ()


async def test_a_reply_is_typed_below_the_text_it_answers(simulator: Simulator) -> None:
    await simulator.send([outbound("m1")])
    reply = simulator.type_text(NASRIN, OURS, "1", NOW + timedelta(minutes=2))
    assert (reply.sender, reply.to, reply.text) == (NASRIN, OURS, "1")
    assert [text.direction for text in simulator.handset(NASRIN).texts] == [Direction.RECEIVED, Direction.TYPED]
    assert simulator.handset(NASRIN).texts[-1].at == NOW + timedelta(minutes=2)


async def test_references_are_unique_in_every_process() -> None:
    simulators = [Simulator(lambda: NOW) for _ in range(2)]
    references = [simulator.type_text(NASRIN, OURS, "1", NOW).reference for simulator in simulators for _ in range(50)]
    for simulator in simulators:
        outcomes = await simulator.send([outbound(f"m{at}") for at in range(50)])
        references += [outcome.reference for outcome in outcomes.values() if isinstance(outcome, Accepted)]
    assert len(set(references)) == 200


async def test_a_phone_keeps_its_newest_texts() -> None:
    simulator = Simulator(lambda: NOW, most_texts=3)
    await simulator.send([outbound(f"m{at}", text=str(at)) for at in range(5)])
    assert [text.text for text in simulator.handset(NASRIN).texts] == ["2", "3", "4"]


async def test_the_stillest_phone_is_forgotten_first() -> None:
    simulator = Simulator(lambda: NOW, most_handsets=2)
    await simulator.send([outbound("m1", NASRIN), outbound("m2", MINH), outbound("m3", NASRIN), outbound("m4", GONE)])
    assert simulator.numbers() == (GONE, NASRIN)
    assert simulator.handset(MINH).texts == ()


def test_looking_at_a_phone_makes_none(simulator: Simulator) -> None:
    assert simulator.handset(MINH).texts == ()
    assert simulator.numbers() == ()


async def test_nothing_from_outside_is_the_simulators(simulator: Simulator) -> None:
    request = Request("POST", "/carriers/simulator/inbound", "", {}, b"From=1&Body=1")
    with pytest.raises(ForgedWebhookError):
        simulator.verify(request, NOW)
    with pytest.raises(InvalidError):
        simulator.parse_inbound(request)
    with pytest.raises(InvalidError):
        simulator.parse_status(request, "m1")
    assert await simulator.reconcile(NOW) == Lookup()
    assert simulator.acknowledge().body == b""
    await simulator.aclose()


async def test_no_number_and_no_text_is_in_its_values(simulator: Simulator) -> None:
    await simulator.send([outbound("m1", text="Were you paid?")])
    said = repr(simulator.handset(NASRIN)) + repr(simulator.take_reports())
    assert "1711000001" not in said
    assert "paid" not in said
