"""How a request is written: forms, JSON, keys, and headers of one's own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.carriers.exchange import Exchange
from app.carriers.policy import policy
from app.carriers.protocol import CutShortError, OutboundText, Outcome
from tests.carriers.test_wire import Scripted

BASIC = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
"""RFC 7617, 2: Aladdin with "open sesame"."""


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with Scripted() as running:
        yield running


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize(
    ("asked", "body", "kind"),
    [
        pytest.param({"form": {"a": "é &", "b": True, "c": None, "d": ["1", 2]}}, b"a=%C3%A9+%26&b=true&c=&d=1&d=2", "x-www-form-urlencoded", id="a form"),
        pytest.param({"body": {"to": ["é"], "at": 1}}, '{"to":["é"],"at":1}'.encode(), "json", id="JSON"),
        pytest.param({"content": b"<x/>", "headers": {"Content-Type": "application/xml"}}, b"<x/>", "xml", id="as it stands"),
        pytest.param({}, b"", "", id="nothing"),
    ],
)  # fmt: skip
async def test_what_a_request_carries(
    server: Scripted, asked: dict[str, Any], body: bytes, kind: str, *, proxied: bool
) -> None:
    # A proxy of HTTP is asked for a whole address and answers in the server's stead, so the server itself will do.
    exchange = Exchange(proxy=server.url if proxied else None)
    answer = await exchange.ask("POST", f"{server.url}/in", **asked)
    await exchange.aclose()
    assert (answer.status, answer.body) == (200, b"ok")
    (received,) = server.received
    assert (received.method, received.path, received.body) == ("POST", "/in", body)
    assert received.headers["content-length"] == str(len(body))
    assert received.headers.get("content-type", "").removeprefix("application/") == kind
    assert received.headers["host"] == server.url.removeprefix("http://")


async def test_a_key_is_said_in_the_header_wherever_it_was_given(server: Scripted) -> None:
    exchange = Exchange()
    await exchange.ask("GET", f"{server.url}/out", auth=("Aladdin", "open sesame"))
    await exchange.ask("GET", server.url.replace("//", "//Aladdin:open%20sesame@") + "/out", params={"to": "+88 0"})
    await exchange.ask("GET", server.url, headers={"ACCEPT": "text/xml"})
    await exchange.aclose()
    first, second, third = server.received
    assert first.headers["authorization"] == second.headers["authorization"] == BASIC
    assert second.query == {"to": "+88 0"}
    assert "authorization" not in third.headers
    assert (first.headers["accept"], third.headers["accept"]) == ("*/*", "text/xml")


async def test_what_was_not_begun_when_one_was_cut_short_never_is() -> None:
    begun: list[str] = []

    async def create(text: OutboundText) -> Outcome:
        begun.append(text.message)
        await asyncio.sleep(0)  # the others wait for their turn
        raise asyncio.CancelledError

    batch = [OutboundText(str(at), "+8801711000001", "+15005550006", "Hello") for at in range(3)]
    exchange = Exchange(at_once=1)
    with pytest.raises(CutShortError) as cut:
        await exchange.hand_over(batch, policy("twilio"), create)
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=1)
    await exchange.aclose()
    assert cut.value.untouched
    assert cut.value.untouched.isdisjoint(begun)
