"""When an operator is told, and when not again."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts import Reading, Rule, Topic, changes, struck

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OLD = Rule("old", "age", 60, where={"priority": "reply"}, subject="carrier", calm=timedelta(minutes=2))
NOBODY = Rule("nobody", "alive", 1, above=False)


def age(value: float, priority: str = "reply", carrier: str = "twilio") -> Reading:
    return Reading("age", value, {"priority": priority, "carrier": carrier})


@pytest.mark.parametrize(
    ("reading", "strikes"),
    [
        pytest.param(age(60), False, id="at the bar"),
        pytest.param(age(60.1), True, id="above the bar"),
        pytest.param(age(9999, "round"), False, id="of another label"),
        pytest.param(Reading("age", 9999), False, id="without the label"),
        pytest.param(Reading("size", 9999, {"priority": "reply"}), False, id="of another name"),
    ],
)
def test_a_rule_is_struck_past_its_bar_by_what_it_is_about_alone(reading: Reading, *, strikes: bool) -> None:
    assert OLD.strikes(reading) is strikes


@pytest.mark.parametrize(("alive", "told"), [(0, True), (1, False), (2, False)])
def test_a_rule_may_be_about_too_little(alive: float, *, told: bool) -> None:
    assert bool(struck([NOBODY], [Reading("alive", alive)])) is told


def test_each_subject_is_told_of_once_with_its_worst_value() -> None:
    readings = [age(70), age(90), age(80), age(61, carrier="kannel")]
    assert struck([OLD], readings) == {Topic("old", "twilio"): 90, Topic("old", "kannel"): 61}
    assert struck([NOBODY], [Reading("alive", 0.5), Reading("alive", 0), Reading("alive", 0.5)]) == {Topic("nobody"): 0}


def test_a_rule_that_is_switched_off_tells_nothing() -> None:
    assert struck([Rule("off", "age", 0, active=False)], [age(9)]) == {}


def test_an_alert_begins_once_goes_on_and_ends_when_it_was_calm_for_long_enough() -> None:
    rules, topic = {"old": OLD}, Topic("old", "twilio")
    first = changes(rules, {}, {topic: 70}, NOON)
    assert (first.begun, first.going_on, first.ended) == ({topic: 70}, {}, frozenset())
    later = changes(rules, {topic: NOON}, {topic: 75}, NOON)
    assert (later.begun, later.going_on, later.ended) == ({}, {topic: 75}, frozenset())
    assert changes(rules, {topic: NOON}, {}, NOON + timedelta(seconds=119)).ended == frozenset()
    assert changes(rules, {topic: NOON}, {}, NOON + timedelta(minutes=2)).ended == {topic}


@pytest.mark.parametrize("rules", [{}, {"old": Rule("old", "age", 60, calm=timedelta(days=1), active=False)}])
def test_an_alert_ends_at_once_where_its_rule_is_gone_or_switched_off(rules: dict[str, Rule]) -> None:
    assert changes(rules, {Topic("old"): NOON}, {}, NOON).ended == {Topic("old")}
