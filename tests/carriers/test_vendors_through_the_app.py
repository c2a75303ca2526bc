"""The vendors' webhooks through the whole app: what is theirs is kept once, whole, and what is not is refused."""

import dataclasses
import hashlib
import hmac
import json
from urllib.parse import urlencode

import httpx2
import pytest

from app.carriers.vonage.webhooks import SignatureMethod, signature
from app.jobs.context import Context
from app.store.programmes import save_channel
from app.web.app import create_app
from tests.carriers import fake_vendors as fakes
from tests.carriers.fake_vendors import SECRET, SENDER, SIGNING
from tests.conftest import AMINA, World
from tests.steps import rows, value

VENDORS = {
    "africastalking": fakes.africastalking,
    "infobip": fakes.infobip,
    "vonage": fakes.vonage,
    "android": fakes.android,
}


@pytest.fixture
async def wired(world: World) -> World:
    """The world with a road by each vendor beside the simulator, and a number of the programme's on each."""
    context = world.context
    roads = {name: build("http://127.0.0.1:9") for name, build in VENDORS.items()}
    every = {**context.carriers, **roads}
    world.wiring = dataclasses.replace(
        world.wiring, context=Context(context.database, context.vault, every, context.catalogue)
    )
    async with context.database.transaction() as store:
        for name in roads:
            await save_channel(store, world.id, name, SENDER, world.clock())
    return world


async def call(world: World, path: str, body: bytes | None = None, **headers: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=create_app(world.wiring), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http.request("GET" if body is None else "POST", path, content=body, headers=named)


async def kept(world: World) -> list[tuple[object, ...]]:
    return await rows(world, "SELECT carrier, text FROM inbox ORDER BY carrier, text")


async def test_a_secret_in_the_address_opens_the_inbox(wired: World) -> None:
    form = urlencode({"id": "a1", "from": AMINA, "to": SENDER, "text": "হ্যাঁ"}).encode()
    for address, expected in ((f"/{SECRET}", 200), (f"/{SECRET}", 200), (f"/{SECRET}x", 403), ("", 403)):
        answer = await call(wired, f"/carriers/africastalking/inbound{address}", form)
        assert answer.status_code == expected
        assert SECRET not in answer.text
    assert await kept(wired) == [("africastalking", "হ্যাঁ")]


async def test_several_replies_in_one_webhook_are_all_kept(wired: World) -> None:
    replies = [{"messageId": text, "from": AMINA[1:], "to": SENDER[1:], "text": text} for text in "12"]
    answer = await call(wired, f"/carriers/infobip/inbound/{SECRET}", json.dumps({"results": replies}).encode())
    assert answer.status_code == 200
    assert (await call(wired, f"/carriers/infobip/inbound/{SECRET}", b"[[")).status_code == 422
    assert await kept(wired) == [("infobip", "1"), ("infobip", "2")]


async def test_the_pieces_of_a_long_reply_are_one_reply(wired: World) -> None:
    for number, text in ((2, "and late again."), (1, "The bus was late ")):
        given = {
            "msisdn": AMINA[1:],
            "to": SENDER[1:],
            "messageId": f"v{number}",
            "text": text,
            "timestamp": str(int(wired.clock().timestamp())),
            "concat": "true",
            "concat-ref": "7",
            "concat-part": str(number),
            "concat-total": "2",
        }
        query = urlencode(given | {"sig": signature(given, SIGNING, SignatureMethod.SHA256)})
        assert (await call(wired, f"/carriers/vonage/inbound?{query}")).status_code == 200
    assert (await call(wired, "/carriers/vonage/inbound")).status_code == 403
    assert await kept(wired) == [("vonage", "The bus was late and late again.")]


async def test_what_the_phone_signed_is_kept_and_what_it_did_not_is_refused(wired: World) -> None:
    reply = {"messageId": "69bde8d0", "message": "5", "sender": AMINA, "receivedAt": "2026-11-02T10:00:00.000+06:00"}
    body = json.dumps({"event": "sms:received", "id": "x", "payload": reply}).encode()
    written = str(int(wired.clock().timestamp()))
    mac = hmac.new(SIGNING.encode(), body + written.encode(), hashlib.sha256).hexdigest()
    good = await call(wired, "/carriers/android/inbound", body, x_signature=mac, x_timestamp=written)
    forged = await call(wired, "/carriers/android/inbound", body + b" ", x_signature=mac, x_timestamp=written)
    assert (good.status_code, forged.status_code) == (200, 403)
    assert await kept(wired) == [("android", "5")]


async def test_a_report_comes_to_an_address_of_the_messages_own(wired: World) -> None:
    message = "01930000-0000-7000-8000-000000000000"
    delivered = {"messageId": message, "status": {"groupId": 3, "name": "DELIVERED_TO_HANDSET"}}
    body = json.dumps({"results": [delivered]}).encode()
    road = wired.context.carriers["infobip"]
    path = road.address.status_of(message).removeprefix(fakes.PUBLIC)  # type: ignore[attr-defined]
    assert (await call(wired, path, body)).status_code == 200
    assert (await call(wired, f"{path}0", body)).status_code == 403
    assert await value(wired, "SELECT count(*) FROM inbox") == 0
