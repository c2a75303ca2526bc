"""Programmes with their brands, sites and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.phrases import phrase
from app.store import tables
from app.store.database import Store, new_id


@dataclass(frozen=True, slots=True)
class Programme:
    """One NGO's work; `threshold` is the k of its disclosure rule, `organiser` the name workers read."""

    id: UUID
    code: str
    name: str
    organiser: str
    threshold: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A sender of a carrier that belongs to one programme."""

    id: UUID
    programme: UUID
    carrier: str
    sender: str
    two_way: bool


async def save_programme(
    store: Store, code: str, name: str, organiser: str, threshold: int, now: datetime
) -> Programme:
    """Make a programme, or bring the one with this code up to date."""
    row = await store.row(
        "INSERT INTO programme (id, code, name, organiser, threshold, created_at)"
        " VALUES (:id, :code, :name, :organiser, :threshold, :now)"
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name, organiser = excluded.organiser,"
        " threshold = excluded.threshold RETURNING *",
        id=new_id(now), code=code, name=name, organiser=organiser, threshold=threshold, now=now,
    )  # fmt: skip
    return _programme(row)


def _programme(row: Any) -> Programme:
    return Programme(row.id, row.code, row.name, row.organiser, row.threshold)


async def list_programmes(store: Store) -> list[Programme]:
    """Every programme, by code."""
    return [_programme(row) for row in await store.rows("SELECT * FROM programme ORDER BY code")]


async def get_programme(store: Store, programme: UUID) -> Programme:
    """The programme; NotFoundError where there is none."""
    row = await store.row("SELECT * FROM programme WHERE id = :programme", programme=programme)
    if row is None:
        raise NotFoundError("There is no such programme.")
    return _programme(row)


async def programme_by_code(store: Store, code: str) -> Programme:
    """The programme; NotFoundError where there is none."""
    row = await store.row("SELECT * FROM programme WHERE code = :code", code=code)
    if row is None:
        raise NotFoundError(phrase("There is no programme {code!r}.", code=code))
    return _programme(row)


async def save_brand(store: Store, programme: UUID, code: str, name: str, sites: Sequence[str], now: datetime) -> UUID:
    """Make or update a brand and the sites it buys from; sites are named by code."""
    brand: UUID = await store.value(
        "INSERT INTO brand (id, programme_id, code, name) VALUES (:id, :programme, :code, :name)"
        " ON CONFLICT (programme_id, code) DO UPDATE SET name = excluded.name RETURNING id",
        id=new_id(now), programme=programme, code=code, name=name,
    )  # fmt: skip
    found = await store.rows(
        "SELECT id, code FROM site WHERE programme_id = :programme AND code = ANY(:codes)",
        programme=programme,
        codes=list(sites),
    )
    missing = set(sites) - {row.code for row in found}
    if missing:
        raise NotFoundError(phrase("There is no site {missing} in this programme.", missing=", ".join(sorted(missing))))
    await store.run("DELETE FROM brand_site WHERE brand_id = :brand", brand=brand)
    links = [{"programme_id": programme, "brand_id": brand, "site_id": row.id} for row in found]
    await store.insert(tables.brand_sites, links)
    return brand


async def brand_by_code(store: Store, programme: UUID, code: str) -> UUID:
    """The brand's id; NotFoundError where there is none."""
    found = await store.value(
        "SELECT id FROM brand WHERE programme_id = :programme AND code = :code", programme=programme, code=code
    )
    if found is None:
        raise NotFoundError(phrase("There is no brand {code!r} in this programme.", code=code))
    return found


async def list_brands(store: Store, programme: UUID) -> list[dict[str, Any]]:
    """The programme's brands with the codes of their sites."""
    return await store.records(
        "SELECT brand.code, brand.name, coalesce(array_agg(site.code ORDER BY site.code)"
        " FILTER (WHERE site.id IS NOT NULL), '{}') AS sites FROM brand LEFT JOIN brand_site ON brand_id = brand.id"
        " LEFT JOIN site ON site.id = site_id WHERE brand.programme_id = :programme GROUP BY brand.id ORDER BY brand.code",
        programme=programme,
    )


async def save_sites(store: Store, programme: UUID, sites: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Make sites or bring those with the same code up to date.

    Args:
        store: the open transaction.
        programme: whose sites.
        sites: code, name, supplier, country, place, zone, latitude, longitude, headcount of each.
        now: for the keys.
    """
    rows = [{"id": new_id(now), "programme_id": programme, **site} for site in sites]
    fresh = ", ".join(f"{name} = excluded.{name}" for name in (sites[0] if sites else {}) if name != "code")
    return await store.insert(tables.sites, rows, f"(programme_id, code) DO UPDATE SET {fresh}")


async def list_sites(store: Store, programme: UUID, brand: UUID | None = None) -> list[dict[str, Any]]:
    """The programme's sites; only the brand's where one is given."""
    return await store.records(
        "SELECT site.* FROM site WHERE programme_id = :programme AND (CAST(:brand AS uuid) IS NULL OR EXISTS"
        " (SELECT FROM brand_site WHERE site_id = site.id AND brand_id = :brand)) ORDER BY code",
        programme=programme,
        brand=brand,
    )


async def sites_with_brand(store: Store, programme: UUID, brand: UUID) -> Sequence[Any]:
    """The code and sector of every site, and whether it is its `own`: whether the brand buys there."""
    return await store.rows(
        "SELECT code, sector, EXISTS (SELECT FROM brand_site WHERE site_id = site.id AND brand_id = :brand) AS own"
        " FROM site WHERE programme_id = :programme",
        programme=programme,
        brand=brand,
    )


async def get_site(store: Store, programme: UUID, code: str, brand: UUID | None = None) -> dict[str, Any]:
    """A site by its code; NotFoundError where the programme, or the brand where one is given, has none such."""
    rows = await store.records(
        "SELECT site.* FROM site WHERE programme_id = :programme AND code = :code AND (CAST(:brand AS uuid) IS NULL"
        " OR EXISTS (SELECT FROM brand_site WHERE site_id = site.id AND brand_id = :brand))",
        programme=programme,
        code=code,
        brand=brand,
    )
    if not rows:
        raise NotFoundError("There is no such site for this key.")
    return rows[0]


async def save_channel(
    store: Store, programme: UUID, carrier: str, sender: str, now: datetime, *, two_way: bool = True
) -> Channel:
    """Make a channel, or find the one with this sender; one that belongs to another programme is refused."""
    row = await store.row(
        "INSERT INTO channel (id, programme_id, carrier, sender, two_way)"
        " VALUES (:id, :programme, :carrier, :sender, :two_way) ON CONFLICT (carrier, sender)"
        " DO UPDATE SET two_way = excluded.two_way WHERE channel.programme_id = excluded.programme_id RETURNING *",
        id=new_id(now), programme=programme, carrier=carrier, sender=sender, two_way=two_way,
    )  # fmt: skip
    if row is None:
        raise NotFoundError("This sender belongs to another programme.")
    return _channel(row)


def _channel(row: Any) -> Channel:
    return Channel(row.id, row.programme_id, row.carrier, row.sender, row.two_way)


async def list_channels(store: Store, programme: UUID) -> list[Channel]:
    """The programme's channels: real ones before the simulator's, and the oldest first."""
    rows = await store.rows(
        "SELECT * FROM channel WHERE programme_id = :programme ORDER BY carrier = 'simulator', id", programme=programme
    )
    return [_channel(row) for row in rows]


async def real_carriers(store: Store) -> list[str]:
    """The carriers with senders here, but for the simulator."""
    rows = await store.rows("SELECT DISTINCT carrier FROM channel WHERE carrier <> 'simulator' ORDER BY carrier")
    return [row.carrier for row in rows]
