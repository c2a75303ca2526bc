"""Alerts: the bars an operator set, what stands, and what was told before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.alerts import Changes, Rule, Topic
from app.domain.errors import NotFoundError
from app.store import tables
from app.store.database import Store, new_ids

_WATCHING = 7318  # an advisory lock's number, of no meaning
_LISTED = 1000


async def is_our_watch(store: Store) -> bool:
    """Whether this transaction alone decides what begins and ends; of many processes one does."""
    return bool(await store.value("SELECT pg_try_advisory_xact_lock(:watching)", watching=_WATCHING))


async def effective_rules(store: Store, shipped: Mapping[str, Rule]) -> dict[str, Rule]:
    """The shipped rules with the bars an operator set."""
    rows = await store.rows("SELECT rule, bar, active FROM alert_bar")
    own = {row.rule: row for row in rows}
    return {
        code: replace(rule, bar=rule.bar if own[code].bar is None else own[code].bar, active=own[code].active)
        if code in own
        else rule
        for code, rule in shipped.items()
    }


async def set_bar(store: Store, rule: str, bar: float | None, now: datetime, *, active: bool) -> None:
    """Another bar for a rule, or (None) the shipped one; or no alert of it at all."""
    row = {"rule": rule, "bar": bar, "active": active, "changed_at": now}
    await store.insert(
        tables.alert_bars,
        [row],
        "(rule) DO UPDATE SET bar = excluded.bar, active = excluded.active, changed_at = excluded.changed_at",
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that began and did not end."""

    topic: Topic
    value: float
    bar: float
    began_at: datetime
    seen_at: datetime


async def standing_alerts(store: Store) -> dict[Topic, Standing]:
    """The alerts that stand, the oldest first."""
    rows = await store.rows(
        "SELECT rule, subject, value, bar, began_at, seen_at FROM alert WHERE ended_at IS NULL ORDER BY began_at LIMIT :most",
        most=_LISTED,
    )
    found = [Standing(Topic(row.rule, row.subject), row.value, row.bar, row.began_at, row.seen_at) for row in rows]
    return {item.topic: item for item in found}


async def save_changes(store: Store, changed: Changes, rules: Mapping[str, Rule], now: datetime) -> None:
    """Write down what began, went on and ended; the database refuses a second standing alert of a topic."""
    begun = list(changed.begun.items())
    await store.insert(
        tables.alerts,
        [
            {
                "id": key, "rule": topic.rule, "subject": topic.subject, "value": value, "bar": rules[topic.rule].bar,
                "began_at": now, "seen_at": now,
            }
            for key, (topic, value) in zip(new_ids(now, len(begun)), begun, strict=True)
        ],
    )  # fmt: skip
    going_on = changed.going_on
    await store.run(
        "UPDATE alert SET value = given.value, seen_at = :now FROM unnest(CAST(:rules AS text[]),"
        " CAST(:subjects AS text[]), CAST(:values AS float8[])) AS given(rule, subject, value)"
        " WHERE alert.rule = given.rule AND alert.subject = given.subject AND ended_at IS NULL",
        rules=[topic.rule for topic in going_on], subjects=[topic.subject for topic in going_on],
        values=list(going_on.values()), now=now,
    )  # fmt: skip
    await store.run(
        "UPDATE alert SET ended_at = :now FROM unnest(CAST(:rules AS text[]), CAST(:subjects AS text[]))"
        " AS given(rule, subject) WHERE alert.rule = given.rule AND alert.subject = given.subject AND ended_at IS NULL",
        rules=[topic.rule for topic in changed.ended], subjects=[topic.subject for topic in changed.ended], now=now,
    )  # fmt: skip


async def list_alerts(store: Store, limit: int) -> list[dict[str, Any]]:
    """What stands, and then what ended, the newest first."""
    return await store.records(
        "SELECT rule, subject, value, bar, began_at, ended_at FROM alert"
        " ORDER BY ended_at IS NOT NULL, began_at DESC LIMIT :limit",
        limit=min(limit, _LISTED),
    )


async def forget_alerts(store: Store, before: datetime) -> int:
    """Forget what ended before then; how many."""
    return await store.run("DELETE FROM alert WHERE ended_at < :before", before=before)


def rule_named(rules: Mapping[str, Rule], code: str) -> Rule:
    """The rule; NotFoundError where there is none such."""
    if code not in rules:
        raise NotFoundError(f"There is no alert {code}; `GET /v1/operator/alerts/rules` lists them.")
    return rules[code]
