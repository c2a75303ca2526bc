"""What a service says of itself from its desk: how many more it can take, and when it is open.

It is kept as HSDS records, as an import would: with the history of what was before, and nothing deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID, uuid5

from app.domain.errors import NotFoundError
from app.domain.registry.records import Record
from app.jobs.context import Context
from app.jobs.registry.importing import amend_records
from app.store.database import Store
from app.store.records import known_keys, parts_of
from app.store.registry import lock_registry, owned_by

SOURCE = "desk"
"""Where these records come from; an import that says otherwise later puts them right again."""

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Hours:
    """When a service is open, on days of HSDS's two letters, by the clock on the wall there."""

    days: tuple[str, ...]
    opens: time
    closes: time


async def set_capacity(
    context: Context, programme: UUID, service: UUID, places: int, now: datetime, organization: UUID | None = None
) -> None:
    """Say how many more people a service can take.

    Raises:
        NotFoundError: no such service for this caller.
    """
    async with context.database.transaction() as store:
        await _hold(store, programme, service, organization)
        stated = await parts_of(store, programme, service, "service_capacity")
        records = [_capacity(record, 0, now) for record in stated[1:]]
        if stated:
            records.append(_capacity(stated[0], places, now))
        else:
            unit = Record("unit", str(uuid5(service, "unit")), {"id": str(uuid5(service, "unit")), "name": "place"})
            own = {"id": str(uuid5(service, "capacity")), "service_id": str(service), "unit_id": unit.id}
            records += [unit, _capacity(Record("service_capacity", own["id"], own), places, now)]
        await amend_records(store, programme, SOURCE, records, [], now)


def _capacity(record: Record, places: int, now: datetime) -> Record:
    data = {**record.data, "available": places, "updated": now.isoformat()}
    return Record(record.kind, record.id, data)


async def set_hours(
    context: Context, programme: UUID, service: UUID, hours: Sequence[Hours], zone: str, now: datetime,
    organization: UUID | None = None,
) -> None:  # fmt: skip
    """Say when a service is open, wherever it is; what was said before goes.

    Raises:
        NotFoundError: no such service for this caller.
    """
    async with context.database.transaction() as store:
        await _hold(store, programme, service, organization)
        fresh = [_schedule(service, place, item, zone) for place, item in enumerate(hours)]
        before = {record.key for record in await parts_of(store, programme, service, "schedule")}
        await amend_records(store, programme, SOURCE, fresh, before - {record.key for record in fresh}, now)


def _schedule(service: UUID, place: int, hours: Hours, zone: str) -> Record:
    id_ = str(uuid5(service, f"schedule-{place}"))
    days = ",".join(day for day in _DAYS if day in hours.days)
    data = {
        "id": id_, "service_id": str(service), "freq": "WEEKLY", "byday": days, "opens_at": f"{hours.opens:%H:%M}",
        "closes_at": f"{hours.closes:%H:%M}", "timezone": zone,
    }  # fmt: skip
    return Record("schedule", id_, data)


async def _hold(store: Store, programme: UUID, service: UUID, organization: UUID | None) -> None:
    await lock_registry(store, programme)
    key = ("service", str(service))
    if not await owned_by(store, programme, service, organization) or not await known_keys(store, programme, {key}):
        raise NotFoundError("There is no such service for this key.")
