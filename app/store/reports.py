"""Who wants to be written to when a report is there, and for whom it is time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import NotFoundError
from app.domain.rhythm import Rhythm
from app.store import tables
from app.store.database import Store, new_id

_LOOK_BACK = timedelta(days=14)
"""How long after its end a round is still told of: who reads of it later has seen it."""

# Whoever's access ended, or whose account is locked, is written to no more.
_READERS = (
    " FROM report_wish AS wish JOIN api_key ON api_key.id = key_id AND revoked_at IS NULL"
    " JOIN account ON account.id = account_id AND locked_at IS NULL LEFT JOIN site ON site.id = site_id"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that somebody is to be told of; `round` is None where a clock said so. The site is empty for all."""

    wish: UUID
    programme: UUID
    email: str = field(repr=False)
    language: str
    site: str
    rhythm: Rhythm
    round: UUID | None = None


async def wish_report(
    store: Store,
    programme: UUID,
    key: UUID,
    site: UUID | None,
    rhythm: Rhythm,
    language: str,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """Keep that somebody wants a report; the same twice is one."""
    same = await store.value(
        "SELECT EXISTS (SELECT FROM report_wish WHERE key_id = :key AND rhythm = :rhythm"
        " AND site_id IS NOT DISTINCT FROM CAST(:site AS uuid))",
        key=key, rhythm=rhythm.value, site=site,
    )  # fmt: skip
    if not same:
        row = {
            "id": new_id(now), "programme_id": programme, "key_id": key, "site_id": site, "rhythm": rhythm.value,
            "language": language, "due_at": due_at, "created_at": now,
        }  # fmt: skip
        await store.insert(tables.report_wishes, [row])


async def wishes_of(store: Store, key: UUID) -> list[dict[str, Any]]:
    """What somebody asked for, the oldest first."""
    return await store.records(
        "SELECT report_wish.id, rhythm, due_at, coalesce(site.code, '') AS site, coalesce(site.name, '') AS site_name"
        " FROM report_wish LEFT JOIN site ON site.id = site_id WHERE key_id = :key"
        " ORDER BY report_wish.created_at, report_wish.id",
        key=key,
    )


async def drop_wish(store: Store, key: UUID, wish: UUID) -> None:
    """They want it no more; NotFoundError where it is not theirs."""
    if not await store.run("DELETE FROM report_wish WHERE id = :wish AND key_id = :key", wish=wish, key=key):
        raise NotFoundError("There is no such report of yours.")


async def wishes_due(store: Store, now: datetime, limit: int) -> list[Wanted]:
    """Whom the clock says to write to now; locked for this transaction."""
    rows = await store.rows(
        "SELECT wish.id, wish.programme_id, email, language, coalesce(site.code, '') AS site, rhythm"
        f"{_READERS} WHERE due_at <= :now ORDER BY due_at, wish.id LIMIT :limit FOR NO KEY UPDATE OF wish SKIP LOCKED",
        now=now, limit=limit,
    )  # fmt: skip
    return [Wanted(row.id, row.programme_id, row.email, row.language, row.site, Rhythm(row.rhythm)) for row in rows]


async def move_wish(store: Store, wish: UUID, due_at: datetime | None) -> None:
    """When its next letter leaves."""
    await store.run("UPDATE report_wish SET due_at = :due WHERE id = :wish", wish=wish, due=due_at)


async def rounds_to_tell(store: Store, now: datetime, limit: int) -> list[Wanted]:
    """Whom to write to of a round that closed and was published since, once each; a brand only of rounds at its sites."""
    rows = await store.rows(
        "SELECT wish.id, wish.programme_id, email, language, coalesce(site.code, '') AS site, rhythm, round.id AS round"
        f"{_READERS} JOIN round ON round.programme_id = wish.programme_id AND round.state = 'closed'"
        " AND round.closes_at BETWEEN greatest(wish.created_at, CAST(:since AS timestamptz)) AND :now"
        " WHERE rhythm = 'round' AND EXISTS (SELECT FROM publication WHERE round_id = round.id AND at >= round.closes_at)"
        " AND EXISTS (SELECT FROM case_rollup WHERE case_rollup.round_id = round.id"
        " AND (wish.site_id IS NULL OR case_rollup.site_id = wish.site_id)"
        " AND (api_key.brand_id IS NULL OR EXISTS (SELECT FROM brand_site WHERE brand_site.brand_id = api_key.brand_id"
        " AND brand_site.site_id = case_rollup.site_id)))"
        " AND NOT EXISTS (SELECT FROM letter WHERE once = 'report:' || wish.id || ':' || round.id)"
        " ORDER BY round.closes_at, wish.id LIMIT :limit",
        now=now, since=now - _LOOK_BACK, limit=limit,
    )  # fmt: skip
    return [
        Wanted(row.id, row.programme_id, row.email, row.language, row.site, Rhythm(row.rhythm), row.round)
        for row in rows
    ]
