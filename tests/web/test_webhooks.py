"""Twilio's webhooks through the whole app: only what Twilio signed is kept, and that once."""

import dataclasses
from urllib.parse import urlencode

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.jobs.context import Context
from app.store.programmes import save_channel
from app.web.app import create_app
from tests.conftest import AMINA, STRANGER, World
from tests.steps import rows, value

TOKEN, PUBLIC, NUMBER = "a token", "https://shiftline.example", "+15005550010"
INBOUND = "/carriers/twilio/inbound"


@pytest.fixture
async def wired(world: World) -> World:
    """The world with Twilio beside the simulator, and a Twilio number of the programme's."""
    carrier = TwilioCarrier(TwilioSettings("AC1", TOKEN, PUBLIC))
    context = world.context
    roads = {**context.carriers, "twilio": carrier}
    world.wiring = dataclasses.replace(
        world.wiring, context=Context(context.database, context.vault, roads, context.catalogue)
    )
    async with context.database.transaction() as store:
        await save_channel(store, world.id, "twilio", NUMBER, world.clock())
    return world


async def post(
    world: World, path: str, form: dict[str, str], *, token: str = TOKEN, signed: dict[str, str] | None = None
) -> httpx2.Response:
    """A webhook from behind a proxy, signed as Twilio does for `signed` (or the form itself)."""
    signature = RequestValidator(token).compute_signature(PUBLIC + path, signed or form)
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    transport = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        return await http.post(path, content=urlencode(form), headers=headers)


def reply(text: str = "হ্যাঁ", sender: str = AMINA, to: str = NUMBER, reference: str = "SM1") -> dict[str, str]:
    return {"MessageSid": reference, "From": sender, "To": to, "Body": text, "NumMedia": "0"}


async def test_a_good_webhook_is_kept_once_however_often_it_comes(wired: World) -> None:
    for _ in range(3):
        answer = await post(wired, INBOUND, reply())
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.text.endswith("<Response/>")
    assert await rows(wired, "SELECT carrier, reference, text, state FROM inbox") == [("twilio", "SM1", "হ্যাঁ", "new")]
    assert await value(wired, "SELECT count(*) FROM outbox") == 0, "it only keeps"


async def test_a_forged_webhook_is_refused_and_nothing_is_kept(wired: World) -> None:
    for answer in (
        await post(wired, INBOUND, reply(), token="another"),
        await post(wired, INBOUND, reply("changed"), signed=reply()),
        await post(wired, INBOUND, reply(sender=STRANGER), signed=reply()),
    ):
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/forged-webhook"
        assert AMINA[1:] not in answer.text
    assert await value(wired, "SELECT count(*) FROM inbox") == 0


async def test_a_webhook_signed_for_another_address_is_refused(wired: World) -> None:
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/carriers/twilio/status/x", reply())
    transport = httpx2.ASGITransport(app=create_app(wired.wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as http:
        answer = await http.post(INBOUND, data=reply(), headers={"x-twilio-signature": signature})
    assert answer.status_code == 403
    assert await value(wired, "SELECT count(*) FROM inbox") == 0


async def test_a_text_to_a_number_that_is_not_ours_is_not_acknowledged(wired: World) -> None:
    answer = await post(wired, INBOUND, reply(to="+15005559999"))
    assert answer.status_code == 404
    assert await value(wired, "SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
async def test_a_signed_webhook_that_lacks_something_is_invalid(wired: World, missing: str) -> None:
    form = {name: given for name, given in reply().items() if name != missing}
    assert (await post(wired, INBOUND, form)).status_code == 422


async def test_an_unknown_senders_text_is_kept(wired: World) -> None:
    assert (await post(wired, INBOUND, reply(sender=STRANGER))).status_code == 200
    assert (await post(wired, INBOUND, reply(sender="12345", reference="SM2"))).status_code == 200
    assert await value(wired, "SELECT count(*) FROM inbox") == 2


async def test_an_empty_text_and_one_with_a_nul_are_kept(wired: World) -> None:
    assert (await post(wired, INBOUND, reply(text=""))).status_code == 200
    assert (await post(wired, INBOUND, reply(text="a\x00b", reference="SM2"))).status_code == 200
    assert await rows(wired, "SELECT text FROM inbox ORDER BY reference") == [("",), ("ab",)]


async def test_a_report_finds_our_message_by_the_id_in_its_address(wired: World) -> None:
    from app.domain.wording import Say
    from app.store.outbox import REPLY, Outgoing, claim_due, enqueue
    from app.store.programmes import list_channels
    from app.store.vault import ensure_identities

    async with wired.context.database.transaction() as store:
        people = await ensure_identities(store, wired.context.vault, wired.id, [AMINA], wired.clock())
        channel = next(item for item in await list_channels(store, wired.id) if item.carrier == "twilio")
        (message,) = await enqueue(
            store,
            [Outgoing(wired.id, people[AMINA], channel.id, "twilio", Say("neutral"), "en", REPLY)],
            wired.clock(),
        )
        await claim_due(store, wired.clock(), 1)
    path = f"/carriers/twilio/status/{message}"
    form = {"MessageSid": "SM9", "MessageStatus": "delivered"}
    assert (await post(wired, path, form, token="another")).status_code == 403
    assert await value(wired, "SELECT state FROM outbox") == "sending"
    # The word overtakes the carrier's own answer to our POST.
    assert (await post(wired, path, form)).status_code == 200
    assert await rows(wired, "SELECT state, reference FROM outbox") == [("delivered", "SM9")]
    assert (await post(wired, path, {**form, "MessageStatus": "sent"})).status_code == 200
    assert await value(wired, "SELECT state FROM outbox") == "delivered"
    assert (await post(wired, "/carriers/twilio/status/unknown", form)).status_code == 200


async def test_the_simulator_takes_nothing_from_outside(wired: World) -> None:
    for path in ("/carriers/simulator/inbound", "/carriers/simulator/status/x"):
        assert (await post(wired, path, reply())).status_code == 403
    assert await value(wired, "SELECT count(*) FROM inbox") == 0
