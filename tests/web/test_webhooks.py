"""Twilio's webhooks through the whole app: only what Twilio signed is kept, and that once."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from twilio.request_validator import RequestValidator

from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.domain.errors import UnavailableError
from app.jobs.context import Context
from app.jobs.keeper import Keeper
from app.store.database import Database
from app.store.programmes import save_channel
from app.store.spool import Spool
from app.web.app import HEADERS, create_app
from app.web.rest.webhooks import SideDoor
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
    from app.store.claims import claim_due
    from app.store.outbox import REPLY, Outgoing, enqueue
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


# -- the side door, and the spool behind it -------------------------------------------------------


async def sent(world: World, path: str, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx2.Response:
    """A webhook as it is, with nothing made right."""
    transport = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return await http.post(path, content=content, headers={**form, **headers})


def signed(path: str, form: dict[str, str]) -> dict[str, str]:
    return {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)}


async def test_a_webhook_of_no_declared_length_takes_the_long_way_to_the_same_end(wired: World) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        body = urlencode(reply()).encode()
        yield body[:10]
        yield body[10:]

    short = await sent(wired, INBOUND, urlencode(reply()).encode(), **signed(INBOUND, reply()))
    long = await sent(wired, INBOUND, slowly(), **signed(INBOUND, reply()))
    assert (short.status_code, short.text) == (long.status_code, long.text) == (200, short.text)
    assert "content-length" in short.request.headers
    assert "content-length" not in long.request.headers
    for name in HEADERS:
        assert short.headers[name] == long.headers[name]
    assert await value(wired, "SELECT count(*) FROM inbox") == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/carriers/pigeon/inbound", 404),
        ("/carriers/twilio/elsewhere", 404),
        ("/carriers/twilio/inbound/a/b", 404),
        ("/carriers/twilio/status/a/b/c", 404),
        ("/carriers//inbound", 404),
        ("/carriers/twilio/inbound", 403),
        ("/carriers/twilio/inbound/secret", 403),
        ("/carriers/twilio/status", 403),
        ("/carriers/twilio/status/x/secret", 403),
        ("/carriers/twilio/status/%00", 400),
        ("/carriers/twilio/inbound?a=%00", 400),
    ],
)
async def test_every_address_answers_by_either_way_alike(wired: World, path: str, status: int) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"a=b"

    by_side, by_front = await sent(wired, path, b"a=b"), await sent(wired, path, slowly())
    assert by_side.status_code == by_front.status_code == status
    if status != 404:
        assert by_side.json() == by_front.json()


@pytest.mark.parametrize(
    ("method", "content", "passes"),
    [
        pytest.param("POST", b"a=b", False, id="a form"),
        pytest.param("GET", b"", False, id="as Kannel reports"),
        pytest.param("GET", b"a=b", True, id="a body that no vendor sends"),
        pytest.param("PUT", b"a=b", True, id="no webhook"),
    ],
)
async def test_ordinary_webhooks_pass_by_the_application(
    wired: World, method: str, content: bytes, *, passes: bool
) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=418)(scope, receive, send)

    door = SideDoor(application, wired.wiring, HEADERS)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=door), base_url="http://10.0.0.7:8000") as http:
        answer = await http.request(method, "/carriers/twilio/status/x", content=content)
    assert answer.status_code == (418 if passes else 403)


async def test_an_oversized_webhook_is_refused_unread(wired: World) -> None:
    answer = await sent(wired, INBOUND, b"x" * (wired.wiring.max_body_bytes + 1))
    assert answer.status_code == 413


async def test_while_postgresql_is_away_a_webhook_is_verified_spooled_and_acknowledged(
    wired: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_database: Database) -> None:
        raise UnavailableError("away")

    path, form = "/carriers/twilio/status/x", {"MessageSid": "SM9", "MessageStatus": "delivered"}
    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logged:
        patched.setattr(Database, "transaction", away)
        assert (await post(wired, INBOUND, reply())).status_code == 200
        assert (await post(wired, path, form)).status_code == 200
        assert (await post(wired, INBOUND, reply(reference="SM2"), token="another")).status_code == 403
        assert (await post(wired, INBOUND, {})).status_code == 422
    assert await value(wired, "SELECT count(*) FROM inbox") == 0
    assert await wired.wiring.keeper.replay() == 2
    assert await rows(wired, "SELECT reference, text FROM inbox") == [("SM1", "হ্যাঁ")]
    assert AMINA[1:] not in repr(logged)
    assert "হ্যাঁ" not in repr(logged)


async def test_when_neither_database_nor_disk_takes_it_the_carrier_is_told_to_come_again(
    wired: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away(_database: Database) -> None:
        raise UnavailableError("away")

    keeper = Keeper(wired.context, Spool(tmp_path, wired.context.vault, 10))
    wired.wiring = dataclasses.replace(wired.wiring, keeper=keeper)
    with monkeypatch.context() as patched:
        patched.setattr(Database, "transaction", away)
        answer = await post(wired, INBOUND, reply())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert AMINA[1:] not in answer.text
    assert list(tmp_path.iterdir()) == []
    assert (await post(wired, INBOUND, reply())).status_code == 200
    await keeper.aclose()


async def test_what_nobody_foresaw_is_answered_without_a_trace(wired: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_given: object) -> None:
        raise ValueError(f"{AMINA} wrote")

    monkeypatch.setattr(Keeper, "keep", broken)
    with structlog.testing.capture_logs() as logged:
        answer = await post(wired, INBOUND, reply())
    assert answer.status_code == 500
    assert {"event": "unexpected", "kind": "ValueError", "log_level": "error"} in logged
    assert AMINA[1:] not in answer.text + repr(logged)
