"""Posting to others' webhooks: signed, to public addresses alone, once."""

from datetime import UTC, datetime

import httpx2
import pytest
from standardwebhooks import Webhook

from app.carriers.posting import Post, Posted, Poster

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        pytest.param(["127.0.0.1"], "private-address", id="this host"),
        pytest.param(["10.1.2.3"], "private-address", id="a private network"),
        pytest.param(["169.254.169.254"], "private-address", id="a cloud's metadata"),
        pytest.param(["100.64.0.1"], "private-address", id="a carrier's network"),
        pytest.param(["::1"], "private-address", id="this host by IPv6"),
        pytest.param(["fd00::1"], "private-address", id="a private network by IPv6"),
        pytest.param(["::ffff:127.0.0.1"], "private-address", id="wrapped"),
        pytest.param(["64:ff9b::7f00:1"], "private-address", id="translated"),
        pytest.param(["2002:7f00:1::"], "private-address", id="tunnelled"),
        pytest.param(["224.0.0.1"], "private-address", id="many hosts"),
        pytest.param(["93.184.216.34", "10.0.0.1"], "private-address", id="one of two"),
        pytest.param([], "unreachable", id="no address"),
    ],
)
async def test_nothing_is_posted_into_private_networks(found: list[str], fault: str) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return found

    poster = Poster(resolve=resolve)
    assert await poster.post(Post("msg_1", "https://pager.example/", "whsec_AAAA", "{}"), NOON) == Posted(fault=fault)
    await poster.aclose()


async def test_a_post_is_signed_as_the_standard_says_to_the_address_looked_up_and_follows_nobody() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(302, headers={"location": "http://127.0.0.1/"})

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34"]

    poster = Poster(resolve=resolve)
    poster._http._transport = httpx2.MockTransport(answer)
    secret, now = "whsec_c2hoaGhoaGhoaGhoaGhoaGhoaGhoaGho", datetime.now(UTC)  # noqa: TID251 - the library looks at the clock, too
    assert await poster.post(Post("msg_1", "https://pager.example:8443/hook?a=1", secret, '{"a": 1}'), now) == Posted(
        302
    )
    (request,) = seen
    assert (request.url.host, request.url.port, request.url.raw_path) == ("93.184.216.34", 8443, b"/hook?a=1")
    assert request.headers["host"] == "pager.example:8443"
    assert request.extensions["sni_hostname"] == "pager.example"
    assert Webhook(secret).verify(request.content, dict(request.headers)) == {"a": 1}
    await poster.aclose()
