"""Carrier webhooks only keep: verify, store, commit, acknowledge. Open to the world, so nothing is done unverified.

To verify takes no database, and to keep may do without: what PostgreSQL cannot take is spooled.
"""

from fastapi import APIRouter, Response
from fastapi import Request as HttpRequest

from app.carriers.protocol import Carrier, Request
from app.domain.errors import NotFoundError
from app.jobs.parcels import Parcel
from app.web.wiring import Wiring, wiring

router = APIRouter(prefix="/carriers", tags=["carrier webhooks"])


async def _raw(request: HttpRequest) -> Request:
    path = request.scope.get("raw_path") or request.url.path.encode()
    return Request(
        method=request.method,
        path=path.decode("latin-1").partition("?")[0],
        query=request.scope["query_string"].decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
        peer=request.client.host if request.client else "",
    )


def _carrier(wired: Wiring, name: str) -> Carrier:
    carrier = wired.context.carriers.get(name)
    if carrier is None:
        raise NotFoundError("There is no such carrier here.")
    return carrier


def _acknowledged(carrier: Carrier) -> Response:
    said = carrier.acknowledge()
    return Response(said.body, media_type=said.media_type)


@router.post("/{name}/inbound")
@router.api_route("/{name}/inbound", methods=["GET"], include_in_schema=False)
@router.api_route("/{name}/inbound/{secret}", methods=["GET", "POST"], include_in_schema=False)
async def inbound(request: HttpRequest, name: str) -> Response:
    """Replies. Where a carrier signs nothing, the address holds a secret."""
    wired = wiring(request)
    carrier = _carrier(wired, name)
    raw = await _raw(request)
    now = wired.clock()
    carrier.verify(raw, now)
    replies = tuple(carrier.parse_inbound(raw))
    strays = await wired.keeper.keep(Parcel(name, now, replies))
    if len(strays) == len(replies):
        # Not acknowledged: the carrier's own log then shows that a sender is not set up here.
        raise NotFoundError("This number is no sender of ours; give it to a programme as a channel.")
    return _acknowledged(carrier)


@router.post("/{name}/status/{message}")
@router.api_route("/{name}/status/{message}", methods=["GET"], include_in_schema=False)
@router.api_route("/{name}/status", methods=["GET", "POST"], include_in_schema=False)
@router.api_route("/{name}/status/{message}/{secret}", methods=["GET", "POST"], include_in_schema=False)
async def status(request: HttpRequest, name: str, message: str = "") -> Response:
    """Word of texts we sent; `message` is our id, where the carrier lets each text have an address of its own."""
    wired = wiring(request)
    carrier = _carrier(wired, name)
    raw = await _raw(request)
    now = wired.clock()
    carrier.verify(raw, now)
    await wired.keeper.report(Parcel(name, now, reports=tuple(carrier.parse_status(raw, message))))
    return _acknowledged(carrier)
