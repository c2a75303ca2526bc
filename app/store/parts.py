"""Pieces of long replies: kept until all are there, then joined, in the transaction that kept the last of them.

A phone numbers its long texts with eight or sixteen bits, so the key of a text comes again; what tells two texts apart
is that the pieces of the first are joined when those of the second come. A joined text has the reference of its first
piece, which like that of every piece is unique for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.store import tables
from app.store.database import Store, new_ids
from app.store.inbox import Arrived, storable
from app.store.programmes import Channel
from app.store.vault import Vault

MOST_PARTS = 255
_LOCKS = 3  # a seed of its own, so that these locks are no one else's
_MISSING = "…"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: `number` of `count`, from one; `reply` holds its text and its own reference."""

    reply: Arrived
    key: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class _Whole:
    """What tells whose piece of what text it is; a text of another count is another text."""

    carrier: str
    channel: UUID
    index: bytes = field(repr=False)
    key: str
    count: int

    @property
    def lock(self) -> str:
        return f"{self.carrier}|{self.channel}|{self.index.hex()}|{self.key}"


@dataclass(frozen=True, slots=True)
class Joined:
    """A text put together; `place` is that of its last piece among those given."""

    place: int
    reply: Arrived


async def keep_pieces(store: Store, vault: Vault, pieces: Sequence[Piece], now: datetime) -> list[Joined]:
    """Keep pieces, in order, and join what they complete. A piece whose reference was kept before changes nothing."""
    wholes = [_whole(vault, piece) for piece in pieces]
    # Two processes with the last two pieces of a text: who comes second waits here, and then sees both.
    await _lock(store, wholes)
    keys = new_ids(now, len(pieces))
    rows = [_row(vault, key, piece, now) for key, piece in zip(keys, pieces, strict=True)]
    await store.insert(tables.inbox_parts, rows, "(carrier, reference) DO NOTHING")
    last = {whole: place for place, whole in enumerate(wholes)}
    open_rows = await _open(store, list(last))
    joined: list[Joined] = []
    done: list[UUID] = []
    for whole, place in last.items():
        waiting = [row for row in open_rows if _of(row) == whole]
        given = pieces[place].reply
        while len(chosen := _first_of_each(waiting)) == whole.count:
            joined.append(Joined(place, _joined(given, whole, chosen)))
            used = _used(waiting, chosen)
            done += [row.id for row in used]
            waiting = [row for row in waiting if row not in used]
    await _close(store, done, now)
    return sorted(joined, key=lambda item: item.place)


async def join_stale(
    store: Store, vault: Vault, before: datetime, now: datetime, limit: int
) -> tuple[list[Arrived], int]:
    """Join, with what is missing marked, texts of which a piece came before that moment.

    Returns:
        The texts to keep, and how many pieces no key opens: those are given up, and stay as they are.
    """
    found = await store.rows(
        "SELECT DISTINCT carrier, channel_id, sender_index, part_key, part_count FROM inbox_part"
        " WHERE joined_at IS NULL AND received_at < :before LIMIT :limit",
        before=before,
        limit=limit,
    )
    wholes = [_of(row) for row in found]
    await _lock(store, wholes)
    open_rows = await _open(store, wholes)
    texts: list[Arrived] = []
    done: list[UUID] = []
    lost: list[UUID] = []
    for whole in wholes:
        waiting = [row for row in open_rows if _of(row) == whole]
        chosen = _first_of_each(waiting)
        if not chosen:
            continue  # another process was first
        one = next(iter(chosen.values()))
        sender = vault.open_if_it_fits("inbox_part", one.id, bytes(one.sender_cipher), one.key_version)
        if sender is None:
            lost += [row.id for row in waiting]
            continue
        channel = Channel(one.channel_id, one.programme_id, one.carrier, one.sender, one.two_way)
        texts.append(replace(_join(channel, sender, whole, chosen), waited=True))
        done += [row.id for row in _used(waiting, chosen)]
    await _close(store, done, now)
    await store.run("UPDATE inbox_part SET joined_at = :now WHERE id = ANY(:lost)", lost=lost, now=now)
    return texts, len(lost)


def _whole(vault: Vault, piece: Piece) -> _Whole:
    channel = piece.reply.channel
    index = vault.blind_index(channel.programme, piece.reply.sender)
    return _Whole(channel.carrier, channel.id, index, storable(piece.key), piece.count)


def _of(row: Any) -> _Whole:
    return _Whole(row.carrier, row.channel_id, bytes(row.sender_index), row.part_key, row.part_count)


def _row(vault: Vault, key: UUID, piece: Piece, now: datetime) -> dict[str, object]:
    reply = piece.reply
    sealed = vault.seal("inbox_part", key, reply.channel.programme, reply.sender)
    return {
        "id": key, "programme_id": reply.channel.programme, "channel_id": reply.channel.id,
        "carrier": reply.channel.carrier, "reference": reply.reference, "part_key": storable(piece.key),
        "part_no": piece.number, "part_count": piece.count, "sender_cipher": sealed.cipher,
        "key_version": sealed.key_version, "sender_index": sealed.blind_index, "text": storable(reply.text),
        "received_at": reply.at or now,
    }  # fmt: skip


async def _lock(store: Store, wholes: Sequence[_Whole]) -> None:
    # In one order everywhere, or two batches could wait for each other.
    await store.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended(name, :seed)) FROM unnest(CAST(:names AS text[])) AS name",
        names=sorted({whole.lock for whole in wholes}),
        seed=_LOCKS,
    )


async def _open(store: Store, wholes: Sequence[_Whole]) -> Sequence[Any]:
    return await store.rows(
        "SELECT inbox_part.*, sender, two_way FROM inbox_part JOIN channel ON channel.id = channel_id"
        " WHERE joined_at IS NULL AND sender_index = ANY(CAST(:indexes AS bytea[])) AND part_key = ANY(:keys)"
        " ORDER BY received_at, inbox_part.id",
        indexes=[whole.index for whole in wholes],
        keys=[whole.key for whole in wholes],
    )


def _first_of_each(waiting: Sequence[Any]) -> dict[int, Any]:
    """The piece of each number that came first: a second one belongs to a later text with the same key."""
    chosen: dict[int, Any] = {}
    for row in waiting:
        chosen.setdefault(row.part_no, row)
    return dict(sorted(chosen.items()))


def _used(waiting: Sequence[Any], chosen: dict[int, Any]) -> list[Any]:
    """What went into the text: also a piece that came twice under two references, which says the same."""
    return [row for row in waiting if row.text == chosen[row.part_no].text]


def _joined(given: Arrived, whole: _Whole, chosen: dict[int, Any]) -> Arrived:
    return replace(_join(given.channel, given.sender, whole, chosen), trace=given.trace, waited=given.waited)


def _join(channel: Channel, sender: str, whole: _Whole, chosen: dict[int, Any]) -> Arrived:
    text = ""
    for number in range(1, whole.count + 1):
        if number in chosen:
            text += chosen[number].text
        elif not text.endswith(_MISSING):
            text += _MISSING
    first = next(iter(chosen.values()))
    return Arrived(channel, first.reference, sender, text, max(row.received_at for row in chosen.values()))


async def _close(store: Store, pieces: Sequence[UUID], now: datetime) -> None:
    await store.run(
        "UPDATE inbox_part SET joined_at = :now, text = NULL, sender_cipher = NULL, sender_index = NULL"
        " WHERE id = ANY(:pieces)",
        pieces=list(pieces),
        now=now,
    )
