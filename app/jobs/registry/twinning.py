"""Duplicates across sources: proposed with reasons, and merged when somebody says so."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import InvalidError
from app.domain.twins import Twins, twins
from app.jobs.context import Context
from app.store.registry import lock_registry
from app.store.twins import alike, decide_twins, decided

_GROUPS = 2000
"""How many traits that several services share are looked into at once."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """The likely pairs that nobody decided yet, the likeliest first; `more` where there are more than asked for."""

    pairs: tuple[Twins, ...]
    more: bool


async def propose_twins(context: Context, programme: UUID, limit: int) -> Proposals:
    """Services of different sources that are likely one."""
    async with context.database.transaction() as store:
        groups = await alike(store, programme, _GROUPS)
        known = await decided(store, programme)
    found = {(pair.one.id, pair.other.id): pair for group in groups for pair in twins(group)}
    open_ = sorted(
        (pair for key, pair in found.items() if key not in known),
        key=lambda pair: (-pair.likeness, pair.one.id, pair.other.id),
    )
    return Proposals(tuple(open_[:limit]), len(open_) > limit)


async def settle_twins(
    context: Context, programme: UUID, one: UUID, other: UUID, kept: UUID | None, key: UUID, now: datetime
) -> None:
    """Two services are one, and `kept` is offered from now on; or, with None, they are two and are proposed no more.

    The other one keeps its records, as its source gives them, and what it has in hand; it is offered to nobody while
    the kept one is not defunct.

    Raises:
        InvalidError: `kept` is neither of them.
        NotFoundError: the programme has not both.
        ConflictError: earlier decisions stand against it.
    """
    if kept is not None and kept not in {one, other}:
        raise InvalidError("`keep` must be one of the two services.")
    async with context.database.transaction() as store:
        await lock_registry(store, programme)
        await decide_twins(store, programme, (one, other), kept, key, now)
