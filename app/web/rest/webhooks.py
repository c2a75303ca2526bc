"""Carrier webhooks only keep: verify, store, commit, acknowledge. Open to the world, so nothing is done unverified.

To verify takes no database, and to keep may do without: what PostgreSQL cannot take is spooled.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi import Request as HttpRequest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.carriers.protocol import Carrier, Request
from app.domain.errors import DomainError, NotFoundError, UnavailableError
from app.jobs.parcels import Parcel
from app.jobs.roads import Roads
from app.web.problems import LastResort, problem, status_of
from app.web.wiring import Wiring, wiring

router = APIRouter(prefix="/carriers", tags=["carrier webhooks"])

_PREFIX = "/carriers/"


def _raw(scope: Scope, body: bytes) -> Request:
    path = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        path=path.decode("latin-1").partition("?")[0],
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        peer=scope["client"][0] if scope.get("client") else "",
    )


def _carrier(wired: Wiring, name: str) -> Carrier:
    carrier = wired.context.carriers.get(name)
    if carrier is None:
        roads = wired.context.carriers
        if isinstance(roads, Roads) and not roads.known:
            raise UnavailableError("The accounts with carriers are not read yet; come again in a moment.")
        raise NotFoundError("There is no such carrier here.")
    return carrier


def _acknowledged(carrier: Carrier) -> Response:
    said = carrier.acknowledge()
    return Response(said.body, media_type=said.media_type)


async def _keep_replies(wired: Wiring, name: str, raw: Request) -> Response:
    carrier, now = _carrier(wired, name), wired.clock()
    carrier.verify(raw, now)
    replies = tuple(carrier.parse_inbound(raw))
    strays = await wired.keeper.keep(Parcel(name, now, replies))
    if replies and len(strays) == len(replies):
        # Not acknowledged: the carrier's own log then shows that a sender is not set up here.
        raise NotFoundError("This number is no sender of ours; give it to a programme as a channel.")
    return _acknowledged(carrier)


async def _keep_reports(wired: Wiring, name: str, message: str, raw: Request) -> Response:
    carrier, now = _carrier(wired, name), wired.clock()
    carrier.verify(raw, now)
    await wired.keeper.report(Parcel(name, now, reports=tuple(carrier.parse_status(raw, message))))
    return _acknowledged(carrier)


@router.post("/{name}/inbound")
@router.api_route("/{name}/inbound", methods=["GET"], include_in_schema=False)
@router.api_route("/{name}/inbound/{secret}", methods=["GET", "POST"], include_in_schema=False)
async def inbound(request: HttpRequest, name: str) -> Response:
    """Replies. Where a carrier signs nothing, the address holds a secret."""
    return await _keep_replies(wiring(request), name, _raw(request.scope, await request.body()))


@router.post("/{name}/status/{message}")
@router.api_route("/{name}/status/{message}", methods=["GET"], include_in_schema=False)
@router.api_route("/{name}/status", methods=["GET", "POST"], include_in_schema=False)
@router.api_route("/{name}/status/{message}/{secret}", methods=["GET", "POST"], include_in_schema=False)
async def status(request: HttpRequest, name: str, message: str = "") -> Response:
    """Word of texts we sent; `message` is our id, where the carrier lets each text have an address of its own."""
    return await _keep_reports(wiring(request), name, message, _raw(request.scope, await request.body()))


class SideDoor:
    """Takes ordinary webhooks past the application's routes and middleware, which cost more than the keeping.

    Ordinary is a POST of a declared, permitted length, or a GET without a body, to one of the addresses above. All else,
    errors of HTTP among it, is the application's; what both do with a webhook is the same.
    """

    def __init__(self, app: ASGIApp, wired: Wiring, headers: Mapping[str, str]) -> None:
        self._app = app
        self._wired = wired
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._guarded = LastResort(self._answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["path"].startswith(_PREFIX) and self._is_ordinary(scope):
            await self._guarded(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ordinary(self, scope: Scope) -> bool:
        if "\x00" in scope["path"] or b"%00" in scope["query_string"] or _address(scope["path"]) is None:
            return False
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"")
        if scope["method"] == "GET":  # as Kannel reports, two or three times for each text
            return declared in {b"", b"0"} and b"transfer-encoding" not in headers
        return scope["method"] == "POST" and declared.isdigit() and int(declared) <= self._wired.max_body_bytes

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the carrier hung up; it comes again
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        response = await self._kept(scope, body)
        response.raw_headers = [*response.raw_headers, *self._headers]
        await response(scope, receive, send)

    async def _kept(self, scope: Scope, body: bytes) -> Response:
        name, kind, message = _address(scope["path"]) or ("", "", "")
        raw = _raw(scope, body)
        try:
            if kind == "inbound":
                return await _keep_replies(self._wired, name, raw)
            return await _keep_reports(self._wired, name, message, raw)
        except DomainError as error:
            return problem(status_of(type(error)), error.code, error.title, error.message, error.faults)


_MOST_PARTS = {"inbound": 1, "status": 2}  # the secret; our id and the secret


def _address(path: str) -> tuple[str, str, str] | None:
    """The carrier, the kind and our id in a webhook's address; None where it is none."""
    name, _, rest = path.removeprefix(_PREFIX).partition("/")
    kind, *parts = rest.split("/")
    if not name or kind not in _MOST_PARTS or len(parts) > _MOST_PARTS[kind] or not all(parts):
        return None
    return name, kind, parts[0] if parts and kind == "status" else ""
