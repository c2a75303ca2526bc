"""Replies are kept, each once for ever; the pieces of a long one until all are there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import structlog

from app.carriers.protocol import InboundText, Part
from app.domain.errors import InvalidError
from app.domain.numbers import normalise
from app.jobs.context import Context
from app.jobs.parcels import Parcel
from app.jobs.tallying import REPLIES
from app.store.database import Store
from app.store.inbox import Arrived, channels_of, keep_at_once, keep_replies
from app.store.line import Line
from app.store.parts import MOST_PARTS, Piece, join_stale, keep_pieces
from app.store.programmes import Channel

log = structlog.get_logger()

PATIENCE = timedelta(minutes=15)
"""How long a piece waits for the others before it is read without them."""

Channels = dict[tuple[str, str], Channel]
"""Our channels by carrier and sender."""

_LONGEST_KEY = 200
_JOIN_AT_ONCE = 200


async def keep(context: Context, carrier: str, inbound: Sequence[InboundText], now: datetime) -> int:
    """Keep replies in one transaction, each once for ever; how many are to numbers that are channels of ours.

    A reply kept before counts too: the carrier repeats itself until it hears that we have it.
    """
    (strays,) = await keep_all(context, [Parcel(carrier, now, tuple(inbound))])
    return len(inbound) - len(strays)


async def keep_all(
    context: Context, parcels: Sequence[Parcel], known: Channels | None = None, line: Line | None = None
) -> list[tuple[InboundText, ...]]:
    """Keep the replies of many webhooks in one transaction, in order.

    Args:
        context: whose database and vault.
        parcels: what the webhooks brought.
        known: channels that were found before, added to here; a channel's programme never changes.
        line: the short way to the disk, taken where no channel must be looked up and no pieces be joined.

    Returns:
        For each webhook its replies to no channel of ours, which are not kept.
    """
    addressed = {(parcel.carrier, reply.to) for parcel in parcels for reply in parcel.replies}
    if not addressed:
        return [() for _ in parcels]
    channels = {} if known is None else known
    latest = max(parcel.at for parcel in parcels)
    arrived = _arrivals(parcels, channels)
    if line is not None and addressed <= channels.keys() and not any(_is_piece(part) for _, part in arrived):
        await keep_at_once(line, context.vault, [reply for reply, _ in arrived], latest)
        _tell_kept(context, arrived)
        return [() for _ in parcels]
    async with context.database.transaction() as store:
        if new := addressed - channels.keys():
            channels.update(await channels_of(store, new))
            arrived = _arrivals(parcels, channels)
        await keep_replies(store, context.vault, await _whole(store, context, arrived, latest), latest)
    strays = [
        tuple(reply for reply in parcel.replies if (parcel.carrier, reply.to) not in channels) for parcel in parcels
    ]
    _tell_kept(context, arrived)
    _tell_strays(parcels, strays)
    return strays


def _arrivals(parcels: Sequence[Parcel], channels: Channels) -> list[tuple[Arrived, Part | None]]:
    return [
        (
            Arrived(
                channel, reply.reference, _sender(reply.sender), reply.text, parcel.at, parcel.trace, parcel.waited
            ),
            reply.part,
        )
        for parcel in parcels
        for reply in parcel.replies
        if (channel := channels.get((parcel.carrier, reply.to))) is not None
    ]


def _tell_kept(context: Context, arrived: Sequence[tuple[Arrived, Part | None]]) -> None:
    for reply, part in arrived:
        context.tally.count(REPLIES, reply.channel.carrier)
        kept = "piece-kept" if _is_piece(part) else "reply-kept"
        log.info(kept, trace=reply.trace.hex if reply.trace else None, carrier=reply.channel.carrier)


def _tell_strays(parcels: Sequence[Parcel], strays: Sequence[Sequence[InboundText]]) -> None:
    lost = Counter[str]()
    for parcel, replies in zip(parcels, strays, strict=True):
        lost[parcel.carrier] += len(replies)
    for carrier, replies in (+lost).items():
        log.warning("reply-to-no-channel", carrier=carrier, replies=replies)


@lru_cache(maxsize=1 << 14)  # whoever answers a survey writes several times within minutes
def _sender(raw: str) -> str:
    """The one form of a sender's number; a short code or an odd number is kept as it came, not lost."""
    try:
        return normalise(raw, "ZZ")
    except InvalidError:
        return raw.strip()


async def _whole(
    store: Store, context: Context, arrived: Sequence[tuple[Arrived, Part | None]], now: datetime
) -> list[Arrived]:
    """Whole texts, in order: a long one stands where the last of its pieces came."""
    texts = {place: [reply] for place, (reply, part) in enumerate(arrived) if not _is_piece(part)}
    places = [place for place in range(len(arrived)) if place not in texts]
    pieces = [
        Piece(reply, part.key, part.number, part.count)
        for reply, part in (arrived[place] for place in places)
        if part is not None
    ]
    if pieces:
        for joined in await keep_pieces(store, context.vault, pieces, now):
            texts.setdefault(places[joined.place], []).append(joined.reply)
    return [reply for place in sorted(texts) for reply in texts[place]]


def _is_piece(part: Part | None) -> bool:
    """Whether this is a piece to wait for; one with odd numbers is taken for a text of its own, lest it be lost."""
    return (
        part is not None
        and 1 < part.count <= MOST_PARTS
        and 1 <= part.number <= part.count
        and 0 < len(part.key) <= _LONGEST_KEY
    )


async def join_late(context: Context, now: datetime) -> int:
    """Read long texts whose missing pieces are not to be hoped for any more, with a mark where they lack; how many."""
    async with context.database.transaction() as store:
        texts, lost = await join_stale(store, context.vault, now - PATIENCE, now, _JOIN_AT_ONCE)
        await keep_replies(store, context.vault, texts, now)
    if lost:
        log.error("pieces-unreadable", pieces=lost)
    return len(texts)
