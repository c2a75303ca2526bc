"""Telling everybody who was asked what was done about it: once, in their language, at a decent hour."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.action import TOLD, Action, ActionState
from app.domain.disclosure import MILLIONTHS, Rule, Stock, level_of
from app.domain.disclosure.admitting import admit
from app.domain.errors import ConflictError, DraftWordingError
from app.domain.figures import to_the_hour
from app.domain.loop import added_up
from app.domain.phrases import phrase
from app.domain.segments import SplitPolicy, segments
from app.domain.wording import Say, Voice, render
from app.jobs.context import Context, never
from app.jobs.launching import routes_to
from app.jobs.previewing import cost_of
from app.jobs.routing import channels_for
from app.store.actions import (
    KeptAction,
    Listener,
    action_to_tell,
    asked_about,
    audience,
    begin_telling,
    get_action,
    keep_tellings,
    next_listeners,
    note_delivered,
    reach,
    save_told_figures,
    tellings_since,
    told_until,
)
from app.store.database import Store
from app.store.loop import ledgers_of, save_ledgers
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.programmes import get_programme
from app.store.rounds import get_round

TELL_AT_ONCE = 2000
"""How many people one transaction writes to."""

_TELLABLE = frozenset({ActionState.UNDER_WAY, ActionState.DONE})
_ARRIVES_WITHIN = timedelta(days=7)
_FOLLOWED_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class TellingPreview:
    """What telling would mean: people by language, who was asked and would not be told, segments and cost."""

    people: int
    not_told: int
    by_language: Mapping[str, int]
    segments: int
    cost: Mapping[str, float]
    texts: Mapping[str, str]
    warnings: tuple[str, ...]


async def preview_telling(context: Context, programme: UUID, key: UUID) -> TellingPreview:
    """Everything worth knowing before people are told; changes nothing.

    Raises:
        NotFoundError: the programme has no such action.
        NoReplyRouteError: workers of a country could not answer STOP.
    """
    async with context.database.transaction() as store:
        kept = await get_action(store, programme, key)
        groups = await audience(store, kept)
        asked = await asked_about(store, kept)
        routes = await routes_to(store, context, programme, {group.country for group in groups})
        organiser = (await get_programme(store, programme)).organiser
    texts = {language: spoken(context, organiser, text, language) for language, text in kept.action.texts.items()}
    people = sum(group.people for group in groups)
    by_language, used = Counter[str](), Counter[str]()
    for group in groups:
        by_language[group.language] += group.people
        channel = routes.best(group.country)
        road = context.carriers[channel.carrier] if channel is not None else None
        split = road.capabilities.split if road is not None else SplitPolicy.GRAPHEME
        used[group.country] += group.people * segments(texts[group.language], split).count
    return TellingPreview(
        people, asked - people, dict(by_language), sum(used.values()), cost_of(context, used), texts,
        tuple(_warnings(kept.action)),
    )  # fmt: skip


def spoken(context: Context, organiser: str, text: str, language: str) -> str:
    """What was done, as a worker reads it."""
    return render(_say(text), language, Voice(context.catalogue.texts, organiser))


def _say(text: str) -> Say:
    return Say(TOLD, fields={"done": text})


def _warnings(action: Action) -> list[str]:
    drafts = action.draft_languages()
    return [DraftWordingError(drafts).message] if drafts else []


async def tell(
    context: Context, programme: UUID, key: UUID, accept_drafts: Mapping[str, str] | None, now: datetime
) -> None:
    """Have everybody told who was asked; the texts go out from the next turn of the engine on.

    Raises:
        NotFoundError: the programme has no such action.
        ConflictError: they were told already, nothing was done yet, or the round is not over.
        DraftWordingError: a wording is a draft and nobody took it on their name.
        NoReplyRouteError: workers of a country could not answer STOP.
    """
    async with context.database.transaction() as store:
        kept = await get_action(store, programme, key)
        if kept.telling_at is not None:
            raise ConflictError("People were told of this action already; nobody is told twice.")
        if kept.action.state not in _TELLABLE:
            raise ConflictError(
                phrase("The action is {state}; people are told of what is under way or done.", state=kept.action.state)
            )
        if (await get_round(store, programme, kept.action.finding.round)).state != "closed":
            raise ConflictError("The round is not over: to tell of it now would colour the answers that still come.")
        drafts = kept.action.draft_languages()
        given = accept_drafts or {}
        if drafts and not (given.get("by") and given.get("reason")):
            raise DraftWordingError(drafts)
        await routes_to(store, context, programme, {group.country for group in await audience(store, kept)})
        await begin_telling(store, key, accept_drafts if drafts else None, now)


async def tell_due(
    context: Context, now: datetime, limit: int = TELL_AT_ONCE, stopping: Callable[[], bool] = never
) -> int:
    """Write the texts of what is to be told, batch by batch, each a transaction; how many.

    Whoever takes over after a crash goes on behind the last batch that was committed.
    """
    written = 0
    while not stopping():
        some = await _tell_some(context, now, limit)
        if some is None:
            break
        written += some
    return written


async def _tell_some(context: Context, now: datetime, limit: int) -> int | None:
    async with context.database.transaction() as store:
        kept = await action_to_tell(store, list(context.carriers))
        if kept is None:
            return None
        people, last = await next_listeners(store, kept, limit)
        written = await _write_to(store, context, kept, people, now)
        await told_until(store, kept.id, last, now)
        return written


async def _write_to(store: Store, context: Context, kept: KeptAction, people: Sequence[Listener], now: datetime) -> int:
    channels = await channels_for(store, context, [(kept.programme, person.identity) for person in people], now)
    reached = [(person, channels[person.identity]) for person in people if person.identity in channels]
    says = {language: _say(text) for language, text in kept.action.texts.items()}
    texts = [
        Outgoing(
            kept.programme, person.identity, channel.id, channel.carrier, says[person.language], person.language, BULK
        )
        for person, channel in reached
    ]  # fmt: skip
    ids = await enqueue(store, texts, now)
    await keep_tellings(store, kept, list(zip([person for person, _ in reached], ids, strict=True)))
    return len(ids)


# -- the share told -------------------------------------------------------------------------------


async def publish_told(store: Store, programme: UUID, now: datetime) -> None:
    """Publish, of what was told lately, which share of whoever was asked it reached; by groups of k, as every figure."""
    threshold = (await get_programme(store, programme)).threshold
    for kept in await tellings_since(store, programme, now - _FOLLOWED_FOR):
        await note_delivered(store, kept.id, now)
        over = kept.told_at is not None and now - kept.told_at >= _ARRIVES_WITHIN
        await _publish_share(store, kept, Rule(threshold, "response"), now, over=over)


async def _publish_share(store: Store, kept: KeptAction, rule: Rule, now: datetime, *, over: bool) -> None:
    name = f"told:{kept.id}"
    places = {
        (("country", row.country), ("site", str(row.site))): (
            row.told, row.told * MILLIONTHS, row.asked * MILLIONTHS**2,
        )
        for row in await reach(store, kept)
    }  # fmt: skip
    ledger = admit(Stock(places=places), (await ledgers_of(store, kept.programme, name))[name], rule, closed=over)
    await save_ledgers(store, kept.programme, {name: ledger})
    hour = to_the_hour(now).isoformat()
    await save_told_figures(
        store,
        [
            {
                "programme_id": kept.programme, "action_id": kept.id, "level": level_of(key),
                "country": dict(key).get("country", ""), "site_id": dict(key).get("site"),
                "share": round(sums[0] * MILLIONTHS**2 / sums[2], 2), "figured_at": hour,
            }
            for key, sums in added_up(ledger).items()
        ],
    )  # fmt: skip


def exact_reach(rows: Sequence[Any]) -> dict[str, int]:
    """How many were asked, written to and reached, for the programme itself."""
    return {name: sum(getattr(row, name) for row in rows) for name in ("asked", "written", "told")}
