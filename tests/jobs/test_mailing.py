"""Letters: queued with what caused them, sent once, tried again, given up, and never told of by address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.carriers.mail import Mail, Mailed, Mailer, MailSettings
from app.jobs.mailing import send_letters
from app.store.letters import CLAIMED, MOST_WAITING, Letter, claim_letters, enqueue_letter, forget_letters
from app.store.vault import Keyring, Vault
from tests.carriers.mail_server import mail_server
from tests.conftest import World
from tests.steps import client, rows, value

JANA = "jana@bank.example"
LETTER = Letter(JANA, "Shiftline", "There is something on your desk.\n", "referral")


class Postman(Mailer):
    """A mail server that answers as it is told, and remembers what it was handed."""

    def __init__(self, answer: Mailed | None = None) -> None:
        super().__init__(MailSettings.parse("smtp://127.0.0.1:1", "line@ngo.example"))
        self.answer = answer or Mailed()
        self.handed: list[Mail] = []

    async def send(self, mails: Sequence[Mail], _now: datetime) -> list[Mailed]:
        self.handed += mails
        return [self.answer for _ in mails]


async def write(world: World, letter: Letter = LETTER, once: str | None = None) -> bool:
    async with world.context.database.transaction() as store:
        return await enqueue_letter(store, world.context.vault, letter, world.clock(), once=once)


async def states(world: World) -> list[tuple[Any, ...]]:
    return await rows(world, "SELECT state, attempts, fault, sealed IS NULL FROM letter ORDER BY id")


async def test_a_letter_is_sent_once_and_what_it_said_is_forgotten(world: World) -> None:
    async with mail_server() as post:
        mailer = Mailer(MailSettings.parse(f"smtp://127.0.0.1:{post.port}", "line@ngo.example"))
        assert await write(world)
        assert await send_letters(world.context, mailer, world.clock()) == 1
        assert await send_letters(world.context, mailer, world.clock()) == 0
    assert [(letter["To"], letter.get_content().strip()) for letter in post.letters] == [
        (JANA, "There is something on your desk.")
    ]
    assert await states(world) == [("sent", 1, None, True)]


async def test_a_letter_of_a_transaction_that_failed_is_not_sent(world: World) -> None:
    postman = Postman()

    async def caused_by_what_fails() -> None:
        async with world.context.database.transaction() as store:
            await enqueue_letter(store, world.context.vault, LETTER, world.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await caused_by_what_fails()
    assert await send_letters(world.context, postman, world.clock()) == 0


async def test_what_is_told_once_is_written_once(world: World) -> None:
    assert await write(world, once="referral-1")
    assert not await write(world, once="referral-1")
    assert await write(world, once="referral-2")


async def test_a_recipient_whose_letters_do_not_leave_gets_no_more_of_them(world: World) -> None:
    for _ in range(MOST_WAITING):
        assert await write(world)
    assert not await write(world, Letter(JANA.upper(), "s", "b", "referral"))
    assert await write(world, Letter("other@bank.example", "s", "b", "referral"))


async def test_a_letter_is_tried_again_after_growing_waits_and_then_given_up(world: World) -> None:
    await write(world)
    postman, waits, at = Postman(Mailed("server-451")), list[timedelta](), world.clock()
    while (await states(world))[0][0] == "waiting":
        due = await value(world, "SELECT due_at FROM letter")
        waits, at = [*waits, due - at], due
        assert await send_letters(world.context, postman, due - timedelta(seconds=1), chance=lambda: 0.0) == 0
        assert await send_letters(world.context, postman, due, chance=lambda: 0.0) == 1
    assert waits == sorted(waits)
    assert timedelta(days=2) < sum(waits, timedelta()) <= timedelta(days=4)
    assert len({mail.id for mail in postman.handed}) == 1, "the same id each time"
    assert await states(world) == [("failed", len(waits), "server-451", False)]


async def test_waits_are_spread_so_that_what_failed_together_does_not_come_back_together(world: World) -> None:
    await write(world)
    await send_letters(world.context, Postman(Mailed("timeout")), world.clock(), chance=lambda: 1.0)
    assert await value(world, "SELECT due_at FROM letter") == world.clock() + timedelta(seconds=75)


async def test_what_is_refused_for_good_is_given_up_at_once(world: World) -> None:
    await write(world)
    await send_letters(world.context, Postman(Mailed("recipient-550", final=True)), world.clock())
    assert await states(world) == [("failed", 1, "recipient-550", False)]


async def test_a_process_that_dies_over_a_letter_leaves_it_to_another(world: World) -> None:
    await write(world)
    async with world.context.database.transaction() as store:
        assert len(await claim_letters(store, world.context.vault, world.clock(), 10)) == 1
    postman = Postman()
    assert await send_letters(world.context, postman, world.clock()) == 0
    assert await send_letters(world.context, postman, world.clock() + CLAIMED) == 1


async def test_without_a_server_letters_wait_and_are_given_up_when_they_are_stale(world: World) -> None:
    await write(world)
    await send_letters(world.context, None, world.clock())
    assert await states(world) == [("waiting", 1, "no-server", False)]
    await send_letters(world.context, None, world.clock.forward(days=3, minutes=1))
    assert await states(world) == [("failed", 2, "no-server", False)]


async def test_a_letter_that_no_key_opens_is_given_up_and_holds_up_no_other(world: World) -> None:
    lost = Vault(Keyring({9: bytes(32)}, bytes(range(32, 64))))
    async with world.context.database.transaction() as store:
        await enqueue_letter(store, lost, LETTER, world.clock())
    await write(world)
    await send_letters(world.context, Postman(), world.clock())
    assert await states(world) == [("failed", 1, "vault", False), ("sent", 1, None, True)]


async def test_neither_the_database_nor_a_log_holds_an_address_or_a_word(world: World) -> None:
    await write(world)
    with capture_logs() as logs:
        await send_letters(world.context, Postman(Mailed("recipient-450")), world.clock())
    assert logs, "a hand-over is logged"
    kept = str(await rows(world, "SELECT * FROM letter")) + str(logs) + repr(LETTER)
    assert "bank.example" not in kept
    assert "desk" not in kept


async def test_the_operator_sees_what_was_given_up_and_sends_it_again(world: World) -> None:
    await write(world)
    await send_letters(world.context, Postman(Mailed("recipient-550", final=True)), world.clock())
    async with client(world, "operator") as http:
        (listed,) = (await http.get("/v1/operator/letters", params={"state": "failed"})).json()
        assert (listed["purpose"], listed["fault"]) == ("referral", "recipient-550")
        assert "bank.example" not in str(listed)
        address = f"/v1/operator/letters/{listed['id']}/again"
        assert (await http.post(address)).status_code == 204
        assert (await http.post(address)).status_code == 409
        assert (await http.post(address.replace(listed["id"], str(world.id)))).status_code == 404
        assert "shiftline_letters_waiting 1.0" in (await http.get("/metrics")).text
        assert (await http.post("/v1/operator/letters/test", json={"to": JANA})).status_code == 501
        object.__setattr__(world.wiring, "mailer", postman := Postman())
        assert (await http.post("/v1/operator/letters/test", json={"to": JANA})).json() == {"queued": True}
    await send_letters(world.context, postman, world.clock())
    assert [mail.recipient for mail in postman.handed] == [JANA, JANA]


async def test_letters_are_forgotten_a_month_after(world: World) -> None:
    await write(world)
    await send_letters(world.context, Postman(), world.clock())
    async with world.context.database.transaction() as store:
        assert await forget_letters(store, world.clock.forward(days=29)) == 0
        assert await forget_letters(store, world.clock.forward(days=2)) == 1
