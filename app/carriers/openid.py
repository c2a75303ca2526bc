"""OpenID Connect: an identity provider that the operator chose tells who somebody is (authorization code with PKCE).

OpenID Connect Core 1.0, Discovery 1.0; RFC 7636 for PKCE, RFC 9207 for the issuer in the answer. What a token is, and what must
stand in it, is Authlib's; over the wire goes httpx2, once and within a bounded time and size.
"""

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

import httpx2
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.domain.errors import InvalidError, UnauthenticatedError, UnavailableError
from app.domain.phrases import phrase

_SECONDS = 10.0
_MOST_BYTES = 1_000_000
_LEEWAY_SECONDS = 60
_OK = 200
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Of signatures by a key that the provider alone holds; never `none`, and none by a secret that is shared."""


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """The provider as it was set up: `name` is what people read on the button."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    name: str = "OpenID Connect"

    def __post_init__(self) -> None:
        """InvalidError where a token could be read on the way."""
        host = httpx2.URL(self.issuer).host
        if not self.issuer.startswith("https://") and host not in {"localhost", "127.0.0.1", "::1"}:
            raise InvalidError("SHIFTLINE_OIDC_ISSUER begins with https://.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent along, kept by the browser, sealed, until it comes back."""

    state: str
    nonce: str
    verifier: str

    def written(self) -> str:
        """As text; `Asked(**json.loads(...))` reads it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is: `subject` holds the issuer too, and never changes; the e-mail counts where it is verified."""

    subject: str
    email: str = field(repr=False)
    verified: bool


class OpenId:
    """One provider.

    Args:
        settings: as set up.
        transport: another way to carry requests, in a test.
    """

    def __init__(self, settings: OpenIdSettings, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._places: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        """What people read on the button."""
        return self._settings.name

    async def begin(self) -> tuple[str, Asked]:
        """Where the browser is sent, and what must be known when it comes back; UnavailableError."""
        asked = Asked(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        places = await self._discovered()
        address = prepare_grant_uri(
            places["authorization_endpoint"], self._settings.client_id, "code",
            redirect_uri=self._settings.redirect_uri, scope="openid email profile", state=asked.state, nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier), code_challenge_method="S256",
        )  # fmt: skip
        return str(address), asked

    async def complete(self, asked: Asked, answer: Mapping[str, str], now: datetime) -> Claims:
        """Whom the provider names.

        Args:
            asked: what `begin` gave.
            answer: the parameters the browser came back with.
            now: the moment, for the token's times.

        Raises:
            UnauthenticatedError: it was not asked for by this browser, was refused, or is not the provider's.
            UnavailableError: the provider does not answer as it should.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
            raise UnauthenticatedError("This sign-in was not begun here; begin it again.")
        if answer.get("iss", self._settings.issuer) != self._settings.issuer or not answer.get("code"):
            raise UnauthenticatedError("The provider refused the sign-in.")
        places = await self._discovered()
        try:
            token = await self._exchanged(places["token_endpoint"], answer["code"], asked.verifier)
            keys = await self._json("GET", places["jwks_uri"])
        except UnavailableError:
            self._places = {}  # it may have moved
            raise
        return self._claims(token, keys, asked, now)

    def _claims(self, token: Mapping[str, Any], keys: Any, asked: Asked, now: datetime) -> Claims:
        issuer, client = self._settings.issuer, self._settings.client_id
        try:
            signed = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client}},
                {"nonce": asked.nonce, "client_id": client, "access_token": token.get("access_token")},
            )
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError):
            raise UnauthenticatedError(
                "What the provider sent does not hold; begin the sign-in again,"
                " and tell whoever runs this service if it fails again."
            ) from None
        verified = signed.claims.get("email_verified") is True
        return Claims(f"{issuer} {signed.claims['sub']}", str(signed.claims.get("email", "")), verified)

    async def _discovered(self) -> Mapping[str, str]:
        # Anybody may begin to sign in; the provider is not to be asked for its addresses each time.
        if not self._places:
            self._places = await self._looked_up()
        return self._places

    async def _looked_up(self) -> Mapping[str, str]:
        found = await self._json("GET", f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(found, dict) or found.get("issuer") != self._settings.issuer:
            raise UnavailableError("The identity provider says it is another.")
        places = {name: str(found.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        scheme = httpx2.URL(self._settings.issuer).scheme
        if any(not place.startswith((f"{scheme}://", "https://")) for place in places.values()):
            raise UnavailableError("The identity provider does not say where its parts are.")
        return places

    async def _exchanged(self, endpoint: str, code: str, verifier: str) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code", redirect_uri=self._settings.redirect_uri, code=code, code_verifier=verifier,
            client_id=self._settings.client_id,
        )  # fmt: skip
        # RFC 6749, 2.3.1: name and secret are form-encoded before they are put together.
        pair = f"{quote_plus(self._settings.client_id)}:{quote_plus(self._settings.client_secret)}"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if self._settings.client_secret:
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        found = await self._json("POST", endpoint, headers, str(body).encode())
        if not isinstance(found, dict):
            raise UnavailableError("The identity provider gave no token.")
        return found

    async def _json(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Any:
        # Signing in is rare: a client for each request keeps no connection that a provider has long forgotten.
        http = httpx2.AsyncClient(
            timeout=_SECONDS, follow_redirects=False, trust_env=False, transport=self._transport
        )  # fmt: skip
        try:
            async with asyncio.timeout(_SECONDS), http:
                told = {"accept": "application/json", **(headers or {})}
                async with http.stream(method, url, headers=told, content=body) as answer:
                    return await _read(answer)
        except (TimeoutError, OSError, UnicodeError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as problem:
            raise UnavailableError(
                phrase("The identity provider could not be asked ({kind}).", kind=type(problem).__name__)
            ) from None


async def _read(answer: httpx2.Response) -> Any:
    if answer.status_code != _OK:
        # A code that was used, or a client it does not know: the answer's words may hold either, and are not repeated.
        raise UnavailableError(phrase("The identity provider answered {status}.", status=answer.status_code))
    raw = bytearray()
    async for piece in answer.aiter_bytes():
        raw += piece
        if len(raw) > _MOST_BYTES:
            raise UnavailableError("The identity provider's answer is too large.")
    return json.loads(raw)
