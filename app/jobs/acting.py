"""Action plans: what is done about a finding, by whom and by when, who was told, and whether it moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.action import Action, check_action, indicators_of, speaks_of_grave_things
from app.domain.errors import ConflictError, Fault, InvalidError, NotFoundError
from app.domain.figures import to_the_hour
from app.domain.phrases import phrase
from app.domain.survey import Survey
from app.jobs.brands import readable_together, sees_total
from app.jobs.changes import changes
from app.jobs.context import Context
from app.jobs.telling import exact_reach, spoken
from app.store.actions import (
    KeptAction,
    add_action,
    asked_sites,
    change_action,
    get_action,
    list_actions,
    reach,
    surveys_of,
    told_figures,
)
from app.store.database import Store
from app.store.keys import Caller
from app.store.programmes import get_programme, list_sites
from app.store.rounds import Round, get_round, list_rounds
from app.store.surveys import load_survey

_NO_MORE = frozenset({"texts", "reviews"})
"""What stays as it is once people were told."""


async def plan_action(
    context: Context, programme: UUID, action: Action, now: datetime, already: Sequence[Fault] = ()
) -> UUID:
    """Keep an action; its id.

    Args:
        context: the store.
        programme: whose.
        action: what the NGO wrote.
        now: the moment.
        already: what was found wrong before, to be told with the rest; then nothing is kept.

    Raises:
        NotFoundError: the programme has no such round.
        InvalidError: with every fault.
    """
    async with context.database.transaction() as store:
        await _check(store, context, programme, action, already)
        return await add_action(store, programme, action, now)


async def mend_action(
    context: Context,
    programme: UUID,
    key: UUID,
    changed: Mapping[str, Any],
    now: datetime,
    already: Sequence[Fault] = (),
) -> None:
    """Keep what became of an action.

    Args:
        context: the store.
        programme: whose.
        key: which.
        changed: `said` of the finding, or a field of `Action`, with its new value.
        now: the moment.
        already: as for a new one.

    Raises:
        NotFoundError: the programme has no such action.
        ConflictError: a text that was told is to be changed.
        InvalidError: with every fault.
    """
    async with context.database.transaction() as store:
        kept = await get_action(store, programme, key)
        if kept.telling_at is not None and changed.keys() & _NO_MORE:
            raise ConflictError("People were told of this action; what they read stays as it is.")
        others = {name: value for name, value in changed.items() if name != "said"}
        finding = replace(kept.action.finding, said=changed.get("said", kept.action.finding.said))
        action = replace(kept.action, finding=finding, **others)
        await _check(store, context, programme, action, already)
        await change_action(store, key, action, now)


async def _check(store: Store, context: Context, programme: UUID, action: Action, already: Sequence[Fault]) -> None:
    asked = await get_round(store, programme, action.finding.round)
    survey = await load_survey(store, asked.survey)
    organiser = (await get_programme(store, programme)).organiser
    faults = [
        *already,
        *check_action(
            action,
            survey,
            [site["code"] for site in await asked_sites(store, asked.id)],
            lambda text, language: speaks_of_grave_things(text, language, context.catalogue.lexicons),
            lambda text, language: spoken(context, organiser, text, language),
            context.catalogue.limits.max_segments,
        ),
    ]
    if action.measured_by is not None:
        faults += await _measurable(store, asked, action.measured_by, survey)
    if faults:
        raise InvalidError(phrase("The action has {number} fault(s); nothing was stored.", number=len(faults)), faults)


async def _measurable(store: Store, first: Round, later: UUID, survey: Survey) -> list[Fault]:
    """A re-poll asks the same survey, later."""
    second = await get_round(store, first.programme, later)
    again = await load_survey(store, second.survey)
    if again.code == survey.code and second.opens_at > first.opens_at:
        return []
    return [
        Fault(
            "measured_by", phrase("is no later round of {code!r}: it cannot show whether this moved", code=survey.code)
        )
    ]


# -- who reads it ---------------------------------------------------------------------------------


async def actions_for(
    context: Context, caller: Caller, round_id: UUID | None = None, *, brief: bool = False, measured: bool = False
) -> list[dict[str, Any]]:
    """The actions a caller may read, with the share told and the change that a re-poll shows.

    The programme reads all of its own and exactly whom it reached; a brand those about its sites, with published
    figures alone. `brief` is without what a re-poll shows and whom it reached exactly, which take most of the time;
    `measured` is with the actions about earlier rounds that this round measures.

    Raises:
        NotFoundError: there is no such round for this caller.
    """
    if caller.programme is None:
        return []
    async with context.database.transaction() as store:
        if round_id is not None:
            await get_round(store, caller.programme, round_id)
        kept = await list_actions(store, caller.programme, round_id, measured=measured)
        own = None
        if caller.brand is not None:
            own = {site["code"] for site in await list_sites(store, caller.programme, caller.brand)}
            seen = {row["id"] for row in await list_rounds(store, caller.programme, caller.brand)}
            if round_id is not None and round_id not in seen:
                raise NotFoundError("There is no such round for this brand.")
            kept = [item for item in kept if _round(item) in seen and _concerns(item, own)]
        shares = await told_figures(store, [item.id for item in kept])
        told = [await _told(store, item, shares, own, brief=brief) for item in kept]
        surveys = await surveys_of(store, caller.programme, {_round(item) for item in kept})
    moved = {} if brief else await _moved(context, caller, kept)
    return [
        {**_shown(item, own), **reached, "changes": _of(item, surveys[_round(item)], moved)}
        for item, reached in zip(kept, told, strict=True)
    ]


def _round(kept: KeptAction) -> UUID:
    return kept.action.finding.round


def _concerns(kept: KeptAction, own: set[str]) -> bool:
    return not kept.action.finding.sites or bool(own.intersection(kept.action.finding.sites))


def _shown(kept: KeptAction, own: set[str] | None) -> dict[str, Any]:
    action, finding = kept.action, kept.action.finding
    # Where else an NGO works is none of a brand's business.
    sites = [site for site in finding.sites if own is None or site in own]
    return {
        "id": kept.id, "round": finding.round, "said": finding.said, "indicator": finding.indicator,
        "question": finding.question, "sites": sites, "owner": action.owner, "due_on": action.due_on,
        "state": action.state, "texts": dict(action.texts), "reviews": dict(action.reviews),
        "draft_wordings": list(action.draft_languages()),
        "telling_at": kept.telling_at, "told_at": kept.told_at, "measured_by": action.measured_by,
    }  # fmt: skip


async def _told(
    store: Store, kept: KeptAction, shares: Sequence[Mapping[str, Any]], own: set[str] | None, *, brief: bool
) -> dict[str, Any]:
    """The published shares; for the programme the very numbers as well."""
    mine = [row for row in shares if row["action_id"] == kept.id]
    sites: Sequence[Mapping[str, Any]] = []
    if own is not None and mine:
        sites = [site for site in await asked_sites(store, _round(kept)) if _within(site["code"], kept)]
    share = [
        {"level": row["level"], "country": row["country"], "site": row["site"], "share": row["share"],
         "as_of": datetime.fromisoformat(row["figured_at"])}
        for row in (mine if own is None else _for_brand(mine, sites, own))
    ]  # fmt: skip
    if own is not None:
        # To the hour, as all that a brand reads.
        moments = {"telling_at": _hour(kept.telling_at), "told_at": _hour(kept.told_at)}
        return {"share_told": share, "reviews": {}, **moments}
    exact = exact_reach(await reach(store, kept)) if kept.telling_at is not None and not brief else None
    return {"share_told": share, "told": exact}


def _within(code: str, kept: KeptAction) -> bool:
    return not kept.action.finding.sites or code in kept.action.finding.sites


def _for_brand(
    shares: Sequence[Mapping[str, Any]], sites: Sequence[Mapping[str, Any]], own: set[str]
) -> list[Mapping[str, Any]]:
    totals = {row["country"] for row in shares if row["level"] != "site"}
    told = {
        country: {row["site"] for row in shares if row["level"] == "site" and country in {"", row["country"]}}
        for country in totals
    }
    within = {country: [site["code"] for site in sites if country in {"", site["country"]}] for country in totals}
    read = {country for country in readable_together(told, own) if sees_total(within[country], own)}
    return [row for row in shares if (row["site"] in own if row["level"] == "site" else row["country"] in read)]


def _hour(moment: datetime | None) -> datetime | None:
    return moment and to_the_hour(moment)


Moved = Mapping[tuple[UUID, UUID], Sequence[Mapping[str, Any]]]
"""(The round of a finding, the one that measures it) → what changed, figure by figure."""


async def _moved(context: Context, caller: Caller, kept: Sequence[KeptAction]) -> Moved:
    found: dict[tuple[UUID, UUID], Sequence[Mapping[str, Any]]] = {}
    for item in kept:
        later = item.action.measured_by
        if later is None or (_round(item), later) in found:
            continue
        try:
            found[_round(item), later] = (await changes(context, caller, later, _round(item)))["changes"]
        except NotFoundError:
            # This brand buys from none of the sites that were asked again.
            found[_round(item), later] = []
    return found


def _of(kept: KeptAction, survey: Survey, moved: Moved) -> list[Mapping[str, Any]]:
    """The changes of the finding's own figures; of its sites where it names some, else of the totals."""
    finding, later = kept.action.finding, kept.action.measured_by
    rows = moved.get((finding.round, later), []) if later is not None else []
    indicators = indicators_of(finding, survey)
    wanted = set(finding.sites)
    return [
        row
        for row in rows
        if row["indicator"] in indicators
        and (row["site"] in wanted if wanted else row["level"] in {"round", "country"})
    ]
