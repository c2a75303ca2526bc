"""Pairs of services that may be one, what was decided of them, and what follows for matching."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.twins import Entry
from app.store import tables
from app.store.database import Store
from app.store.phones import JOIN_PHONES
from app.store.registry import rest_merged

_FEW = 12
"""So many that share one trait are compared; a switchboard's number or "Clinic" says nothing of more."""

_DIGITS = "regexp_replace(phone.data->>'number', '[^0-9]', '', 'g')"
_CANDIDATES = f"""
WITH phone AS (
  SELECT DISTINCT service.id, {_DIGITS} AS digits
  FROM service {JOIN_PHONES} WHERE service.programme_id = :programme
), trait AS (
  SELECT id, 'phone ' || right(digits, 9) AS shared FROM phone WHERE length(digits) >= 6
  UNION
  SELECT id, 'name ' || lower(translate(name, ' .,-()''"', '')) FROM service WHERE programme_id = :programme
  UNION
  SELECT service_id, 'place ' || round(CAST(latitude AS numeric), 2) || ' ' || round(CAST(longitude AS numeric), 2)
  FROM service_at_location WHERE programme_id = :programme AND latitude IS NOT NULL
), shared AS (
  SELECT trait.shared, array_agg(trait.id ORDER BY trait.id) AS ids FROM trait
  JOIN service ON service.programme_id = :programme AND service.id = trait.id
    AND service.status <> 'defunct' AND merged_id IS NULL
  JOIN registry_record AS own ON own.programme_id = :programme AND own.kind = 'service' AND own.id = trait.id
  GROUP BY 1 HAVING count(*) BETWEEN 2 AND :few AND count(DISTINCT own.source) > 1
)
SELECT shared, ids FROM shared ORDER BY shared LIMIT :limit
"""

_ENTRIES = f"""
SELECT service.id, own.source, service.name, organization.name AS organization, place.latitude, place.longitude,
  coalesce(place.country, '') AS country,
  coalesce((SELECT array_agg(right({_DIGITS}, 9)) FROM (SELECT) AS its {JOIN_PHONES}), '{{}}') AS phones
FROM service
JOIN registry_record AS own ON own.programme_id = service.programme_id AND own.kind = 'service' AND own.id = service.id
JOIN organization ON organization.programme_id = service.programme_id AND organization.id = organization_id
LEFT JOIN LATERAL (SELECT latitude, longitude, country FROM service_at_location
  WHERE service_at_location.programme_id = service.programme_id AND service_id = service.id
  ORDER BY latitude IS NULL, location_id LIMIT 1) AS place ON true
WHERE service.programme_id = :programme AND service.id = ANY(:ids)
"""


async def alike(store: Store, programme: UUID, limit: int) -> list[list[Entry]]:
    """Groups of a few services of different sources that share a telephone, a name or a place."""
    groups = [row.ids for row in await store.rows(_CANDIDATES, programme=programme, few=_FEW, limit=limit)]
    ids = sorted({key for group in groups for key in group})
    entries = {
        row.id: Entry(
            str(row.id), row.source, row.name, row.organization, frozenset(filter(None, row.phones)), row.latitude,
            row.longitude, row.country,
        )
        for row in await store.rows(_ENTRIES, programme=programme, ids=ids)
    }  # fmt: skip
    return [[entries[key] for key in group if key in entries] for group in groups]


async def decided(store: Store, programme: UUID) -> Mapping[tuple[str, str], UUID | None]:
    """What was decided of pairs, the smaller id first: the one that is kept, None where they are two."""
    rows = await store.rows(
        "SELECT one_id, other_id, kept_id FROM registry_twin WHERE programme_id = :programme", programme=programme
    )
    return {(str(row.one_id), str(row.other_id)): row.kept_id for row in rows}


async def decide_twins(
    store: Store, programme: UUID, pair: Sequence[UUID], kept: UUID | None, key: UUID, now: datetime
) -> None:
    """Keep what somebody decided of two services, and let matching see it; decided again, the later word counts.

    Args:
        store: a transaction.
        programme: whose registry.
        pair: the two.
        kept: the one that is offered from now on; None where they are two services.
        key: who decided.
        now: the moment.

    Raises:
        NotFoundError: the programme has not both.
        ConflictError: the one to be kept is another one's twin, or the other one has twins of its own.
    """
    one, other = sorted(pair)
    rows = await store.rows(
        "SELECT id, merged_id FROM service WHERE programme_id = :programme AND id = ANY(:pair) ORDER BY id FOR UPDATE",
        programme=programme, pair=[one, other],
    )  # fmt: skip
    merged: dict[UUID, Any] = {row.id: row.merged_id for row in rows}
    if len(merged) != len({one, other}) or one == other:
        raise NotFoundError("There are no two such services in this programme.")
    if kept is not None:
        lost = other if kept == one else one
        if merged[kept] not in {None, lost}:
            raise ConflictError("The service to be kept is another one's twin; keep that one instead.")
        # By what was decided, not by who rests today: else a ring of three could form while one is defunct.
        if await store.value(
            "SELECT EXISTS (SELECT FROM registry_twin WHERE programme_id = :programme AND kept_id = :lost"
            " AND :kept NOT IN (one_id, other_id))",
            programme=programme, lost=lost, kept=kept,
        ):  # fmt: skip
            raise ConflictError(
                "Others were merged into the service that is to go; keep it, or decide about them first."
            )
    await store.insert(
        tables.registry_twins,
        [
            {
                "programme_id": programme,
                "one_id": one,
                "other_id": other,
                "kept_id": kept,
                "key_id": key,
                "decided_at": now,
            }
        ],
        "(programme_id, one_id, other_id) DO UPDATE SET kept_id = excluded.kept_id, key_id = excluded.key_id,"
        " decided_at = excluded.decided_at",
    )
    await rest_merged(store, programme, [one, other])
