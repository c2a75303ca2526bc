"""What the people of an NGO look at who tend to needs: the queue, one of them with all that is known, their notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, InvalidError
from app.domain.matching import Match
from app.domain.phrases import phrase
from app.domain.referral import Age
from app.domain.registry.model import Location
from app.domain.survey import Sensitivity, Urgency
from app.jobs.context import Context
from app.jobs.helping import matches
from app.store.cases import (
    Event,
    Note,
    add_note,
    consents_of,
    ended_needs,
    events_of,
    notes_of,
    one_need,
    others_of,
    waiting_needs,
)
from app.store.database import Store
from app.store.needs import Need
from app.store.offerings import places_of
from app.store.referrals import tried_services

LONGEST_NOTE = 4000
_SHOWN = timedelta(days=30)
_BEST = 10
_PRESSING = list(Urgency)


async def queue(context: Context, programme: UUID, tier: Sensitivity, now: datetime) -> list[dict[str, Any]]:
    """The open needs of a tier: the overdue first, of these the most pressing, of these the oldest."""
    async with context.database.transaction() as store:
        found = await waiting_needs(store, programme, tier, now)
    return sorted(
        found,
        key=lambda row: (row["age"] is not Age.OVERDUE, _PRESSING.index(Urgency(row["urgency"])), row["created_at"]),
    )


async def ended_lately(context: Context, programme: UUID, tier: Sensitivity, now: datetime) -> list[dict[str, Any]]:
    """The needs of a tier that ended within a month, the latest first."""
    async with context.database.transaction() as store:
        return await ended_needs(store, programme, tier, now - _SHOWN, now)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A service that could take a need, where it is, and whether it was asked before."""

    match: Match
    places: Sequence[Location]
    tried: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A need with all that staff may know of it: nothing that was written, no number."""

    need: dict[str, Any]
    events: Sequence[Event]
    consents: Sequence[dict[str, Any]]
    notes: Sequence[Note]
    others: Sequence[dict[str, Any]]
    fitting: Sequence[Fitting]


async def look_at(context: Context, programme: UUID, need: UUID, tier: Sensitivity, now: datetime) -> Case:
    """One need of a tier; NotFoundError where that tier has none such."""
    async with context.database.transaction() as store:
        row = await one_need(store, programme, need, tier, now)
        return Case(
            row,
            await events_of(store, need),
            await consents_of(store, need),
            await notes_of(store, context.vault, need),
            await others_of(store, programme, need, tier),
            [] if row["over"] else await _fitting(store, context, programme, row, now),
        )


async def _fitting(
    store: Store, context: Context, programme: UUID, row: dict[str, Any], now: datetime
) -> list[Fitting]:  # fmt: skip
    wanted = Need(
        row["id"], programme, row["worker_id"], row["category"], Urgency(row["urgency"]),
        Sensitivity(row["sensitivity"]), row["created_at"], row["country"], row["latitude"], row["longitude"],
    )  # fmt: skip
    best = (await matches(store, context, wanted, row["language"], now))[:_BEST]
    tried = await tried_services(store, row["id"])
    places = await places_of(store, programme, [UUID(one.service.id) for one in best])
    return [Fitting(one, places.get(UUID(one.service.id), ()), UUID(one.service.id) in tried) for one in best]


async def write_note(
    context: Context, programme: UUID, need: UUID, tier: Sensitivity, by: UUID, text: str, now: datetime
) -> None:
    """Keep a note on a need of a tier.

    Raises:
        NotFoundError: the tier has none such.
        InvalidError: it says nothing, or is too long.
    """
    said = text.strip()
    if not 0 < len(said) <= LONGEST_NOTE:
        raise InvalidError(
            "The note cannot be kept.",
            [Fault("note", phrase("must hold 1 to {longest_note} characters", longest_note=LONGEST_NOTE))],
        )
    async with context.database.transaction() as store:
        await one_need(store, programme, need, tier, now)
        await add_note(store, context.vault, programme, need, by, said, now)
