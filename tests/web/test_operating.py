"""What the operator does about texts of unknown fate and about those that were given up."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.carriers.protocol import Accepted, Cause, Delivery, Outcome, Rejected, StatusReport, Unknown
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.reporting import take_reports
from app.jobs.sending import send_outbox
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.programmes import list_channels
from app.store.vault import ensure_identities
from tests.conftest import AMINA, SENDER, World
from tests.steps import Obedient, client, rows, run, value


class Office:
    """An operator, and a carrier that does as it is told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.carrier = Obedient()
        context = world.context
        self.context = Context(context.database, context.vault, {"simulator": self.carrier}, context.catalogue)

    async def text(self, outcome: Outcome) -> UUID:
        world = self.world
        async with world.context.database.transaction() as store:
            (channel,) = await list_channels(store, world.id)
            people = await ensure_identities(store, world.context.vault, world.id, [AMINA], world.clock())
            texts = [Outgoing(world.id, people[AMINA], channel.id, "simulator", Say("neutral"), "en", REPLY)]
            (made,) = await enqueue(store, texts, world.clock())
        self.carrier.answer = lambda _text: outcome
        await self.send()
        return made

    async def send(self) -> None:
        await send_outbox(self.context, self.world.clock())

    async def get(self, path: str) -> Any:
        async with client(self.world, "operator") as http:
            answer = await http.get(f"/v1/operator/{path}")
        assert answer.status_code == 200
        assert AMINA not in answer.text
        return answer.json()

    async def post(self, path: str) -> int:
        async with client(self.world, "operator") as http:
            return (await http.post(f"/v1/operator/{path}")).status_code


@pytest.fixture
async def office(world: World) -> Office:
    return Office(world)


async def test_a_text_given_up_is_listed_with_its_cause_and_sent_again_once(office: Office) -> None:
    text = await office.text(Rejected(Cause.ROUTE, "21408"))
    (listed,) = await office.get("dead-letters")
    assert (listed["id"], listed["programme"], listed["sender"]) == (str(text), "alpha", SENDER)
    assert (listed["cause"], listed["code"], listed["attempts"]) == ("route", "21408", 1)
    assert "say" not in listed
    office.carrier.answer = lambda _text: Accepted("SM1")
    for _ in range(2):
        assert await office.post(f"dead-letters/{text}/again") == 204
        await office.send()
    assert len(office.carrier.handed) == 2
    assert await office.get("dead-letters") == []
    assert await rows(
        office.world, "SELECT state, decision, decided_by IS NOT NULL, decided_at FROM outbox ORDER BY id"
    ) == [
        ("failed", "again", True, office.world.clock()),
        ("accepted", None, False, None),
    ]


async def test_what_nobody_can_mend_is_no_dead_letter(office: Office) -> None:
    text = await office.text(Rejected(Cause.BAD_NUMBER, "21211"))
    assert await office.get("dead-letters") == []
    assert await office.post(f"dead-letters/{text}/again") == 409
    assert await office.post(f"dead-letters/{uuid4()}/again") == 404


async def test_an_unknown_text_is_listed_with_the_evidence_and_may_be_said_to_have_been_sent(office: Office) -> None:
    text = await office.text(Unknown(Cause.TIMEOUT, "no-answer"))
    (listed,) = await office.get("unknown")
    assert (listed["id"], listed["carrier"], listed["code"], listed["decide"]) == (
        str(text), "simulator", "no-answer", False,
    )  # fmt: skip
    assert (listed["lookups"], listed["looked_at"]) == (0, None)
    office.world.clock.forward(hours=24)
    assert (await office.get("unknown"))[0]["decide"] is True
    for _ in range(2):
        assert await office.post(f"unknown/{text}/sent") == 204
    assert await office.get("unknown") == []
    assert await rows(office.world, "SELECT state, decision FROM outbox") == [("accepted", "sent")]
    assert await office.post(f"unknown/{text}/again") == 409
    assert len(office.carrier.handed) == 1


async def test_an_unknown_text_is_sent_again_by_a_person_alone_and_only_after_a_day(office: Office) -> None:
    text = await office.text(Unknown(Cause.TIMEOUT))
    office.world.clock.forward(hours=23, minutes=59)
    assert await office.post(f"unknown/{text}/again") == 409
    await office.send()
    assert len(office.carrier.handed) == 1
    office.world.clock.forward(minutes=1)
    office.carrier.answer = lambda _text: Accepted("SM2")
    for _ in range(2):
        assert await office.post(f"unknown/{text}/again") == 204
        await office.send()
    assert len(office.carrier.handed) == 2
    # Should word of the first try come after all, it is the first that is settled.
    late = StatusReport("SM1", str(text), Delivery.DELIVERED)
    await take_reports(office.context, "simulator", [late], office.world.clock())
    assert await rows(office.world, "SELECT state, reference FROM outbox ORDER BY id") == [
        ("delivered", "SM1"), ("accepted", "SM2"),
    ]  # fmt: skip


async def test_a_text_nobody_waits_for_any_more_is_not_sent_again(office: Office) -> None:
    text = await office.text(Rejected(Cause.ROUTE, "21408"))
    async with office.world.context.database.transaction() as store:
        await store.run("SET LOCAL session_replication_role = replica")
        await store.run("UPDATE outbox SET conversation_id = gen_random_uuid()")  # none that is open
    assert await office.post(f"dead-letters/{text}/again") == 409
    assert len(await office.get("dead-letters")) == 1


async def test_the_lists_come_a_page_at_a_time(office: Office) -> None:
    made = [await office.text(Rejected(Cause.FILTERED)) for _ in range(3)]
    first = await office.get("dead-letters?limit=2")
    rest = await office.get(f"dead-letters?limit=2&after={first[-1]['id']}")
    assert [item["id"] for item in first + rest] == [str(text) for text in made]


async def test_a_sender_is_given_a_pace_of_its_own(office: Office) -> None:
    await office.send()  # its bucket is there
    (sender,) = await office.get("senders")
    assert (sender["sender"], sender["segments_per_second"]) == (SENDER, None)
    async with client(office.world, "operator") as http:
        path = f"/v1/operator/senders/{sender['id']}/pace"
        assert (await http.put(path, json={"segments_per_second": 0.5})).status_code == 204
        assert (await http.put(path, json={"segments_per_second": 0})).status_code == 422
        assert (
            await http.put(f"/v1/operator/senders/{uuid4()}/pace", json={"segments_per_second": 1})
        ).status_code == 404
    assert await value(office.world, "SELECT segments_per_second FROM channel") == 0.5
    await run(office.world, "UPDATE sender_budget SET tokens = 0, filled_at = :now", now=office.world.clock())
    office.world.clock.forward(seconds=1)
    await office.text(Accepted("SM1"))
    assert office.carrier.handed == [], "half a segment is no text"
