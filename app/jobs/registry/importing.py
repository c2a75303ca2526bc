"""What an import keeps: the records, what became of them at their source, and the services that matching reads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.catalogue.catalogue import load_catalogue
from app.catalogue.hsds import load_shape, load_taxonomy
from app.domain.errors import Fault, InvalidError
from app.domain.phrases import phrase
from app.domain.registry import parse_registry
from app.domain.registry.compose import Composition, Document
from app.domain.registry.records import Gathering, Key, Record
from app.jobs.context import Context
from app.store.database import Store
from app.store.needs import wake_needs
from app.store.offerings import taken_by
from app.store.records import OURS, keep_records, known_keys, let_go, load_around, mark_gone, roots_of
from app.store.registry import lock_registry, save_registry

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Of the records: how many are new, changed, as before, and gone at their source; of the services: what stands."""

    added: int
    changed: int
    unchanged: int
    gone: int
    organizations: int
    services: int
    locations: int
    faults: Sequence[Fault]


async def import_records(
    context: Context, programme: UUID, source: str, gathering: Gathering, now: datetime, *, complete: bool = False
) -> ImportReport:
    """Keep what was gathered, all or nothing; imported again it changes nothing.

    Args:
        context: whose database.
        programme: whose registry.
        source: where it comes from; the same name each time.
        gathering: what was read.
        now: the moment.
        complete: it is all that the source has: what it gave before and gives no more is marked as gone, since now.
            What is broken there stays as it was.

    Raises:
        InvalidError: the source is one of our own, or what is said to be all holds no service.
    """
    if source in OURS:
        raise InvalidError(
            phrase("What is called {source} is written here; give the source another name.", source=source)
        )
    kinds = [kind for kind, _ in gathering.records]
    if complete and "service" not in kinds:
        raise InvalidError("There is no service in this, so that all of the source would be gone. Nothing was changed.")
    shape = load_shape()
    async with context.database.transaction() as store:
        await lock_registry(store, programme)
        faults = [*gathering.faults, *gathering.dangling(await known_keys(store, programme, gathering.named()))]
        # What an export of ours brings back of our own taxonomy is no record of theirs.
        own = {record.key for record in load_taxonomy().records}
        theirs = [record for record in gathering.records.values() if record.key not in own]
        kept = await keep_records(store, shape, programme, source, theirs, now)
        broken = await load_around(store, shape, programme, gathering.refused) if complete else []
        present = {*gathering.records, *(record.key for record in broken)}
        gone = await mark_gone(store, programme, source, present, now) if complete else set[Key]()
        roots = await roots_of(store, shape, programme, kept.touched | gone)
        faults += await _project(store, programme, roots, now)
    return ImportReport(
        kept.added, kept.changed, kept.unchanged, len(gone), kinds.count("organization"), kinds.count("service"),
        kinds.count("location"), faults,
    )  # fmt: skip


async def amend_records(
    store: Store, programme: UUID, source: str, records: Collection[Record], gone: Collection[Key], now: datetime
) -> None:
    """Put some records right, and let others go, with what matching reads; the caller holds the registry."""
    shape = load_shape()
    kept = await keep_records(store, shape, programme, source, records, now)
    await let_go(store, programme, gone, now)
    await _project(store, programme, await roots_of(store, shape, programme, kept.touched | set(gone)), now)


async def _project(store: Store, programme: UUID, roots: Collection[Key], now: datetime) -> list[Fault]:
    """Bring what matching reads up to what the records say."""
    faults = list[Fault]()
    # Organizations first: a service needs who answers for it.
    ordered = sorted(roots)
    for first in range(0, len(ordered), _AT_ONCE):
        some = ordered[first : first + _AT_ONCE]
        records = await load_around(store, load_shape(), programme, some)
        composed = Composition(load_shape(), records, now)
        lists: dict[str, list[Document]] = {"organizations": [], "services": []}
        # What is only pointed to may come later.
        there = {record.key for record in records}
        for key in (key for key in some if key in there):
            lists[f"{key[0]}s"].append(composed.full(key, within="service" if key[0] == "organization" else ""))
        registry, found = parse_registry(lists)
        await save_registry(store, programme, registry, now)
        faults += _told(found, lists)
    await _wake(store, programme, [UUID(id_) for kind, id_ in ordered if kind == "service"], now)
    return faults


async def _wake(store: Store, programme: UUID, services: Sequence[UUID], now: datetime) -> None:
    """Whoever waits for such a service is not left waiting for the next look, half a day from now."""
    taken = await taken_by(store, programme, services)
    catalogue = load_catalogue()
    wider = [code for code in catalogue.categories if not taken.isdisjoint(catalogue.with_parents(code))]
    await wake_needs(store, programme, wider, now)


def _told(faults: Sequence[Fault], lists: dict[str, list[Document]]) -> list[Fault]:
    """The faults that only show when a service is put together, at the service's name; the rest was told before."""
    told = list[Fault]()
    for fault in faults:
        name, _, rest = fault.place.partition("[")
        at, _, inner = rest.partition("]")
        if fault.severity == "error" and name in lists and at.isdigit():
            told.append(replace(fault, place=f"{name[:-1]} {lists[name][int(at)].get('name')}{inner}"))
    return told
