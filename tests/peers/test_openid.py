"""Signing in by an identity provider: a real one, that runs here, and one that cheats."""

import json
import re
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.carriers.openid import OpenId, OpenIdSettings
from app.domain.errors import InvalidError, UnauthenticatedError, UnavailableError
from app.domain.roles import ADMIN, NGO, Standing
from app.web.app import create_app
from tests.conftest import World
from tests.steps import rows, run, value
from tests.web.test_accounts import GOOD, QUICK, House, brand, sign_in

BACK = "http://testserver/sign-in/openid/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider of OpenID Connect on this machine, with two people."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = [
        {"sub": "ana", "email": "ana@example.org", "email_verified": True},
        {"sub": "unsure", "email": "unsure@example.org", "email_verified": False},
        {"sub": "stranger", "email": "stranger@example.org", "email_verified": True},
    ]
    claims = [word for person in people for word in ("--user-claims", json.dumps(person))]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        *claims,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                httpx2.get(f"{address}/.well-known/openid-configuration", timeout=5)
                break
            except httpx2.TransportError:
                assert running.poll() is None, "the provider did not start"
                time.sleep(0.1)
        yield address
        running.terminate()


@pytest.fixture
async def house(world: World, provider: str) -> House:
    # The provider has a clock of its own.
    world.clock.now = datetime.now(UTC)  # noqa: TID251 - see above
    openid = OpenId(OpenIdSettings(provider, "shiftline", "secret", BACK, "House of Ana"))
    world.wiring = replace(world.wiring, passwords=QUICK, openid=openid)
    return House(world, create_app(world.wiring))


async def at_provider(browser: httpx2.AsyncClient, who: str, onward: str = "/") -> str:
    """Begin here, say who one is over there; the address the provider sends the browser back to."""
    begun = await browser.get("/sign-in/openid", params={"next": onward})
    assert begun.status_code == 303
    async with httpx2.AsyncClient(timeout=20) as over_there:
        answer = await over_there.post(begun.headers["location"], data={"sub": who})
    assert answer.status_code in {302, 303}, answer.text
    return answer.headers["location"]


async def test_an_invitation_awaits_whom_the_provider_names(house: House) -> None:
    await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
    async with house.browser() as http:
        back = await http.get(await at_provider(http, "ana"))
        assert (back.status_code, back.headers["location"]) == (303, "/")
        assert (await http.get("/rounds")).status_code == 200
    assert await rows(house.world, "SELECT email, password FROM account") == [("ana@example.org", None)]
    async with house.browser() as http:  # and again, now that they are known
        await http.get(await at_provider(http, "ana"))
        assert (await http.get("/rounds")).status_code == 200
        assert (await sign_in(http, "ana@example.org", "")).status_code == 401, "there is no password to leave out"
    assert await value(house.world, "SELECT count(*) FROM account") == 1


async def test_an_ngos_people_need_no_second_code_where_the_provider_vouches(house: House) -> None:
    await house.invitation("ana@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        await http.get(await at_provider(http, "ana"))
        assert (await http.get("/accounts")).status_code == 200


@pytest.mark.parametrize("who", ["stranger", "unsure"])
async def test_nobody_gets_an_account_without_an_invitation_to_an_e_mail_that_is_verified(
    house: House, who: str
) -> None:
    await house.invitation("unsure@example.org", Standing(NGO, ADMIN))
    async with house.browser() as http:
        answer = await http.get(await at_provider(http, who))
        assert answer.status_code == 401
        assert "Ask for an invitation" in answer.text
    assert await value(house.world, "SELECT count(*) FROM account") == 0


async def test_an_account_with_a_password_is_linked_by_its_holder_alone(house: House) -> None:
    path = await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
    async with house.browser() as http:
        # Whoever held the link may have been another than Ana.
        await http.post(path, data={"name": "Ana", "password": GOOD})
        await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
        async with house.browser() as ana:
            assert (await ana.get(await at_provider(ana, "ana"))).status_code == 401
        linked = await http.get(await at_provider(http, "ana", "/account/link"))
        assert linked.headers["location"] == "/account?done=linked"
    async with house.browser() as ana:
        assert (await ana.get(await at_provider(ana, "ana"))).status_code == 303
        assert (await ana.get("/rounds")).status_code == 200


async def test_an_answer_counts_in_the_browser_that_asked_once_and_for_ten_minutes(house: House) -> None:
    await house.invitation("ana@example.org", Standing("brand"), brand=await brand(house.world))
    async with house.browser() as http, house.browser() as other:
        answer = await at_provider(http, "ana")
        assert (await other.get(answer)).status_code == 401, "another browser"
        state = re.sub(r"state=[^&]+", "state=other", answer)
        assert (await http.get(state)).status_code == 401, "another state"
        late = await at_provider(http, "ana")
        house.world.clock.forward(minutes=11)
        assert (await http.get(late)).status_code == 401, "too late"
    await run(house.world, "DELETE FROM account_link")


# -- a provider that cheats -----------------------------------------------------------------------


class Cheat:
    """A provider whose token says what a test wants, over a transport without a wire."""

    ISSUER = "https://id.example.org"

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.signs_with = self.key
        self.document: dict[str, Any] = {
            "issuer": self.ISSUER, "authorization_endpoint": f"{self.ISSUER}/go", "token_endpoint": f"{self.ISSUER}/token",
            "jwks_uri": f"{self.ISSUER}/keys",
        }  # fmt: skip
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "1"}
        self.asked: list[dict[str, str]] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/keys":
            return httpx2.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        if request.url.path == "/token":
            self.asked.append(dict(parse_qsl(request.content.decode())))
            return httpx2.Response(200, json={"id_token": jwt.encode(self.header, self.claims, self.signs_with)})
        return httpx2.Response(200, json=self.document)

    def openid(self) -> OpenId:
        settings = OpenIdSettings(self.ISSUER, "us", "secret", BACK)
        return OpenId(settings, transport=httpx2.MockTransport(self.answer))


NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


async def complete(cheat: Cheat, answer: dict[str, str] | None = None, **claims: Any) -> Any:
    openid = cheat.openid()
    _, asked = await openid.begin()
    seconds = int(NOW.timestamp())
    good = {"iss": cheat.ISSUER, "sub": "1", "aud": "us", "exp": seconds + 300, "iat": seconds, "nonce": asked.nonce}
    cheat.claims = {**good, "email": "ana@example.org", "email_verified": True, **claims}
    return await openid.complete(asked, {"state": asked.state, "code": "c", **(answer or {})}, NOW)


async def test_what_is_asked_carries_state_nonce_and_the_challenge_of_a_verifier_that_follows() -> None:
    cheat = Cheat()
    openid = cheat.openid()
    address, asked = await openid.begin()
    sent = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (sent["response_type"], sent["code_challenge_method"]) == ("code", "S256")
    assert (sent["state"], sent["nonce"], sent["redirect_uri"]) == (asked.state, asked.nonce, BACK)
    with pytest.raises(UnauthenticatedError):
        await openid.complete(asked, {"state": asked.state, "code": "c"}, NOW)
    verifier = cheat.asked[0]["code_verifier"]
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert sent["code_challenge"] == challenge
    assert verifier not in address
    assert (await openid.begin())[1] != asked


async def test_a_token_that_holds_names_a_person_by_issuer_and_subject() -> None:
    claims = await complete(Cheat())
    assert (claims.subject, claims.email, claims.verified) == ("https://id.example.org 1", "ana@example.org", True)
    assert (await complete(Cheat(), email_verified="true")).verified is False


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"aud": "them"}, id="for another client"),
        pytest.param({"aud": ["us", "them"], "azp": "them"}, id="given to another"),
        pytest.param({"nonce": "old"}, id="of another sign-in"),
        pytest.param({"exp": int(NOW.timestamp()) - 61}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"sub": None}, id="of nobody"),
    ],
)
async def test_a_token_that_does_not_hold_names_nobody(claims: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        await complete(Cheat(), **claims)


async def test_a_token_signed_by_another_or_by_a_shared_secret_names_nobody() -> None:
    other = Cheat()
    other.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    with pytest.raises(UnauthenticatedError):
        await complete(other)


@pytest.mark.parametrize("answer", [{"state": "x"}, {"iss": "https://evil.example"}, {"code": ""}])
async def test_an_answer_that_was_not_asked_for_is_refused_before_anything_is_fetched(answer: dict[str, str]) -> None:
    cheat = Cheat()
    with pytest.raises(UnauthenticatedError):
        await complete(cheat, answer)
    assert cheat.asked == []


async def test_a_provider_that_says_it_is_another_or_speaks_in_the_clear_is_not_asked() -> None:
    for wrong in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://id.example.org/token"}):
        cheat = Cheat()
        cheat.document |= wrong
        with pytest.raises(UnavailableError):
            await cheat.openid().begin()
    with pytest.raises(InvalidError):
        OpenIdSettings("http://id.example.org", "us", "", BACK)


async def test_a_provider_that_is_away_is_told_as_such() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no", request=request)

    settings = OpenIdSettings("https://id.example.org", "us", "", BACK)
    with pytest.raises(UnavailableError):
        await OpenId(settings, transport=httpx2.MockTransport(refuse)).begin()
