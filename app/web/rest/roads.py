"""The operator's accounts with carriers, and the routes of a programme's texts."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from app.carriers.roads import KINDS, open_road, secret_fields
from app.domain.errors import Fault, InvalidError, NotFoundError
from app.domain.routing import Route
from app.jobs.roads import Roads
from app.store.programmes import list_channels, programme_by_code, real_carriers
from app.store.roads import Road, load_roads, load_routes, retire_road, road_named, save_road, save_routes
from app.web.access import AsOperator
from app.web.rest.bodies import Body
from app.web.wiring import Wiring, wiring

router = APIRouter(prefix="/v1", tags=["carriers"])

_MOST_ROUTES = 1000
_WHERE = frozenset({"base_url", "sendsms_url", "definition", "proxy"})
"""The settings that say where secrets are sent."""

RoadName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class RoadBody(Body):
    """An account with a carrier. Of a known road a setting that is left out stays as it is; null takes it away."""

    kind: str
    settings: dict[str, Any] = Field(max_length=40)


class ChannelName(Body):
    """A channel of the programme."""

    carrier: str
    sender: str


class RouteBody(Body):
    """To a country and numbers of a prefix these channels, the first that is not down."""

    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    prefix: Annotated[str, Field(pattern=r"^\d{0,12}$")] = ""
    channels: Annotated[list[ChannelName], Field(min_length=1, max_length=10)]


def _roads(wired: Wiring) -> Roads:
    roads = wired.context.carriers
    if not isinstance(roads, Roads):
        raise InvalidError("This process takes no accounts with carriers.")
    if roads.frozen:
        raise InvalidError("A rehearsal's clock is for the simulator alone: no account is set up meanwhile.")
    return roads


@router.get("/carriers/kinds")
async def kinds(_caller: AsOperator) -> dict[str, Any]:
    """Which kinds of carriers there are, and what each must be told."""
    return {
        kind: {
            name: {
                "required": item.default is MISSING and item.default_factory is MISSING,
                "secret": name in secret_fields(kind),
            }
            for name, item in made.fields().items()
        }
        for kind, made in KINDS.items()
    }


@router.get("/carriers")
async def carriers(request: Request, _caller: AsOperator) -> list[dict[str, Any]]:
    """Every road, and whether texts can take it; never a secret."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        kept = await load_roads(store, wired.context.vault)
    fixed = [{"name": name, "from": "environment"} for name in _roads(wired) if _roads(wired).is_fixed(name)]
    down = _roads(wired).down(wired.clock())
    return [*fixed, *({**_shown(road, wired), "rests": road.name in down} for road in kept)]


def _shown(road: Road, wired: Wiring) -> dict[str, Any]:
    return {
        "name": road.name,
        "from": "database",
        "kind": road.kind,
        "settings": road.settings,
        "secrets": sorted(secret_fields(road.kind) & (road.secrets or {}).keys()),
        "open": road.name in wired.context.carriers,
        "changed_at": road.changed_at,
        "retired_at": road.retired_at,
    }


@router.put("/carriers/{name}")
async def save(request: Request, name: RoadName, body: RoadBody, _caller: AsOperator) -> dict[str, Any]:
    """Set up an account, or change it: from the next seconds on every process uses it. What is secret is sealed, and
    never shown again.
    """
    wired = wiring(request)
    roads, context = _roads(wired), wired.context
    if roads.is_fixed(name):
        raise InvalidError(f"{name} comes with this process's environment; choose another name.")
    async with context.database.transaction() as store:
        known = await road_named(store, context.vault, name)
        settings = _merged(known, body)
        # Whatever does not fit is told before anything is kept.
        await open_road(body.kind, name, settings, "https://unreached.invalid").aclose()
        secret = secret_fields(body.kind)
        public = {key: value for key, value in settings.items() if key not in secret}
        secrets = {key: value for key, value in settings.items() if key in secret}
        await save_road(store, context.vault, name, body.kind, public, secrets, wired.clock())
    await roads.refresh(context.database, context.vault)
    async with context.database.transaction() as store:
        made = await road_named(store, context.vault, name)
    return _shown(made, wired) if made is not None else {}


def _merged(known: Road | None, body: RoadBody) -> dict[str, Any]:
    if known is not None and known.kind == body.kind:
        if known.secrets is None:
            raise InvalidError("No key opens the secrets of this road: give them all anew under another name.")
        before: Mapping[str, Any] = {**known.settings, **known.secrets}
        _no_secret_elsewhere(known, body)
    else:
        before = {}
    return {key: value for key, value in {**before, **body.settings}.items() if value is not None}


def _no_secret_elsewhere(known: Road, body: RoadBody) -> None:
    """Raises InvalidError where a kept secret would be sent to another address than it was given for."""
    moved = [key for key in _WHERE & body.settings.keys() if body.settings[key] != known.settings.get(key)]
    missing = sorted((known.secrets or {}).keys() - body.settings.keys())
    if moved and missing:
        raise InvalidError(
            "Another address needs its secrets anew.",
            [Fault(key, f"give it again: {', '.join(sorted(moved))} changes") for key in missing],
        )


@router.delete("/carriers/{name}", status_code=204)
async def retire(request: Request, name: RoadName, _caller: AsOperator) -> None:
    """Retire a road: nothing leaves or enters by it. What it was stays known, for its texts name it.

    One that came with the environment and was taken out there is retired here, or its texts would wait for it for ever.
    """
    wired = wiring(request)
    context, roads, now = wired.context, _roads(wired), wired.clock()
    if roads.is_fixed(name):
        raise InvalidError(f"{name} comes with this process's environment; take it out there first.")
    async with context.database.transaction() as store:
        gone = name in await real_carriers(store) and await road_named(store, context.vault, name) is None
        if gone and name in KINDS:  # of the environment it can have no other name
            await save_road(store, context.vault, name, name, {}, {}, now)
        if not await retire_road(store, name, now):
            raise NotFoundError(f"There is no road {name} to retire.")
    await roads.refresh(context.database, context.vault)


@router.get("/programmes/{code}/routes")
async def routes(request: Request, code: str, _caller: AsOperator) -> list[dict[str, Any]]:
    """The routes of a programme's texts; where there is none, they take its first channel that hears replies."""
    async with wiring(request).context.database.transaction() as store:
        programme = await programme_by_code(store, code)
        channels = {item.id: item for item in await list_channels(store, programme.id)}
        found = (await load_routes(store, [programme.id])).get(programme.id, [])
    listed: dict[tuple[str, str], list[dict[str, str]]] = {}
    for route in found:
        channel = channels[route.channel]
        listed.setdefault((route.country, route.prefix), []).append(
            {"carrier": channel.carrier, "sender": channel.sender}
        )
    return [{"country": country, "prefix": prefix, "channels": names} for (country, prefix), names in listed.items()]


@router.put("/programmes/{code}/routes")
async def save_all_routes(
    request: Request, code: str, body: Annotated[list[RouteBody], Field(max_length=_MOST_ROUTES)], caller: AsOperator
) -> list[dict[str, Any]]:
    """These routes, in the place of all the programme had."""
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        programme = await programme_by_code(store, code)
        channels = {(item.carrier, item.sender): item for item in await list_channels(store, programme.id)}
        faults = [
            Fault(f"{at}.channels.{place}", f"the programme has no channel {name.sender} with {name.carrier}")
            for at, route in enumerate(body)
            for place, name in enumerate(route.channels)
            if (name.carrier, name.sender) not in channels
        ]
        if len({(route.country, route.prefix) for route in body}) < len(body):
            faults.append(Fault("routes", "a country and prefix stand twice; one route names all its channels"))
        if faults:
            raise InvalidError("The routes do not fit the programme's channels.", faults)
        made = [
            Route(route.country, route.prefix, position, channels[name.carrier, name.sender].id)
            for route in body
            for position, name in enumerate(route.channels)
        ]
        await save_routes(store, programme.id, made)
    return await routes(request, code, caller)
