"""Which of a programme's channels reaches a worker, and another for texts whose road is down."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.carriers.protocol import Cause
from app.carriers.simulator import Simulator
from app.domain.routing import Route, channels_to, first_open
from app.jobs.context import Context
from app.jobs.failing import after_failure
from app.jobs.roads import Roads
from app.store.database import Store
from app.store.outbox import Queued, give_up, move_queued, waiting_for
from app.store.programmes import Channel, list_channels
from app.store.roads import load_routes
from app.store.vault import open_numbers
from app.store.workers import countries_of

REROUTE_AT_ONCE = 500
"""How many waiting texts one pass moves to other channels."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The channels of a programme that hear replies, in order, and its routes."""

    channels: Mapping[UUID, Channel]
    routes: tuple[Route, ...]

    def ordered(self, country: str, number: str = "") -> list[Channel]:
        """The channels to a worker, the best first; without routes all, the oldest first."""
        keys = channels_to(self.routes, country, number) if self.routes else list(self.channels)
        return [self.channels[key] for key in keys if key in self.channels]

    def best(self, country: str, number: str = "", down: frozenset[str] = frozenset()) -> Channel | None:
        """The channel to take now; None where no route leads to this country."""
        found = self.ordered(country, number)
        closed = {channel.id for channel in found if channel.carrier in down}
        key = first_open([channel.id for channel in found], closed)
        return self.channels[key] if key is not None else None

    @property
    def reads_numbers(self) -> bool:
        """Whether a route looks at the first digits of a number."""
        return any(route.prefix for route in self.routes)


def hears_replies(context: Context, channel: Channel) -> bool:
    """Whether a worker can answer a text from this channel: a name instead of a number cannot be replied to."""
    road = context.carriers.get(channel.carrier)
    numeric = channel.sender.lstrip("+").isdecimal()
    return road is not None and road.capabilities.two_way and channel.two_way and numeric


async def choice_of(store: Store, context: Context, programme: UUID) -> Choice:
    """What a programme's texts may take."""
    channels = [item for item in await list_channels(store, programme) if hears_replies(context, item)]
    # Nobody's phone hangs on the simulator: whoever has a real road waits for it.
    channels = [item for item in channels if item.carrier != Simulator.name] or channels
    routes = (await load_routes(store, [programme])).get(programme, [])
    return Choice({channel.id: channel for channel in channels}, tuple(routes))


async def channels_for(
    store: Store, context: Context, people: Sequence[tuple[UUID, UUID]], now: datetime
) -> dict[UUID, Channel]:
    """The channel to each phone now; people are (programme, identity). Whom no route reaches is left out."""
    if not people:
        return {}
    down = down_roads(context, now)
    countries = await countries_of(store, [identity for _, identity in people])
    of_programme: dict[UUID, list[UUID]] = defaultdict(list)
    for programme, identity in people:
        of_programme[programme].append(identity)
    found: dict[UUID, Channel] = {}
    for programme, identities in of_programme.items():
        choice = await choice_of(store, context, programme)
        numbers = await open_numbers(store, context.vault, identities) if choice.reads_numbers else {}
        for identity in identities:
            best = choice.best(countries.get(identity, ""), numbers.get(identity, ""), down)
            if best is not None:
                found[identity] = best
    return found


async def channel_to(
    store: Store, context: Context, choice: Choice, phone: UUID, country: str, now: datetime
) -> Channel | None:
    """The channel to a phone of nobody who is enrolled, in a country that was told; None where no route leads there."""
    numbers = await open_numbers(store, context.vault, [phone]) if choice.reads_numbers else {}
    return choice.best(country, numbers.get(phone, ""), down_roads(context, now))


def down_roads(context: Context, now: datetime) -> frozenset[str]:
    """The roads that rest now, as this process knows."""
    return context.carriers.down(now) if isinstance(context.carriers, Roads) else frozenset()


async def reroute(context: Context, now: datetime) -> int:
    """Texts that wait for a road that is down take the next channel of their route; how many did.

    Only what is queued moves: it was surely not taken. What may have been taken is Unknown and stays where it is.
    """
    down = down_roads(context, now)
    if not down:
        return 0
    async with context.database.transaction() as store:
        moved, _ = await _move(store, context, down, now)
    return moved


async def leave_retired(context: Context, now: datetime) -> int:
    """Texts that wait for an account that was retired take another channel, or are a person's to mend; how many did."""
    retired = context.carriers.retired if isinstance(context.carriers, Roads) else frozenset[str]()
    if not retired:
        return 0
    async with context.database.transaction() as store:
        moved, stranded = await _move(store, context, retired, now)
        await give_up(store, [item.id for item in stranded], Cause.ROUTE.value, now)
        for item in stranded:
            await after_failure(store, item.identity, item.invitation, Cause.ROUTE.value, now)
    return moved + len(stranded)


async def _move(store: Store, context: Context, closed: frozenset[str], now: datetime) -> tuple[int, Sequence[Queued]]:
    """Give what waits for these roads another; how many took one, and those for which there is none."""
    waiting = await waiting_for(store, sorted(closed), now, REROUTE_AT_ONCE)
    channels = await channels_for(store, context, [(item.programme, item.identity) for item in waiting], now)
    found = {key: channel for key, channel in channels.items() if channel.carrier not in closed}
    moves = [
        (item.id, channel.id, channel.carrier) for item in waiting if (channel := found.get(item.identity)) is not None
    ]
    if moves:
        await move_queued(store, moves, now)
    return len(moves), [item for item in waiting if item.identity not in found]
