"""When an operator is told: what was measured, in; which alerts begin, go on and end, out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement. Its labels come from short lists of our own: never a number, a text, a person or an address."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Rule:
    """What is told of: a reading `of` this name, with the labels `where`, on the wrong side of the bar.

    `subject` is the label that tells one such alert from another, empty where there is only one. `calm` is how long
    the readings must be well again before it ends, so that what flickers is told of once. A rule that is not active
    tells nothing.
    """

    code: str
    of: str
    bar: float
    above: bool = True
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    subject: str = ""
    calm: timedelta = timedelta(0)
    title: str = ""
    unit: str = ""
    active: bool = True

    def strikes(self, reading: Reading) -> bool:
        """Whether this reading is one to tell of."""
        if not self.active or reading.name != self.of:
            return False
        if any(reading.labels.get(name) != value for name, value in self.where.items()):
            return False
        return reading.value > self.bar if self.above else reading.value < self.bar

    def worse(self, one: float, other: float) -> float:
        """Of two values the one further past the bar."""
        return max(one, other) if self.above else min(one, other)


@dataclass(frozen=True, slots=True)
class Topic:
    """What an alert is about: a rule, and of what it was broken."""

    rule: str
    subject: str = ""


def struck(rules: Iterable[Rule], readings: Iterable[Reading]) -> dict[Topic, float]:
    """What is to be told of now, with the worst value of each."""
    measured = list(readings)
    found: dict[Topic, float] = {}
    for rule in rules:
        for reading in measured:
            if rule.strikes(reading):
                topic = Topic(rule.code, reading.labels.get(rule.subject, "") if rule.subject else "")
                found[topic] = rule.worse(reading.value, found.get(topic, reading.value))
    return found


@dataclass(frozen=True, slots=True)
class Changes:
    """What an alert does now: begins, goes on (with its newest value), or ends."""

    begun: Mapping[Topic, float]
    going_on: Mapping[Topic, float]
    ended: frozenset[Topic]


def changes(
    rules: Mapping[str, Rule], standing: Mapping[Topic, datetime], now_struck: Mapping[Topic, float], now: datetime
) -> Changes:
    """What changes, given the alerts that stand and when each was last struck; an alert without a rule ends.

    Args:
        rules: by code.
        standing: the alerts that began and did not end → when they were last struck.
        now_struck: see `struck`.
        now: the moment.
    """

    def calm(topic: Topic) -> timedelta:
        rule = rules.get(topic.rule)
        return rule.calm if rule is not None and rule.active else timedelta(0)

    ended = {topic for topic, at in standing.items() if topic not in now_struck and now - at >= calm(topic)}
    return Changes(
        begun={topic: value for topic, value in now_struck.items() if topic not in standing},
        going_on={topic: value for topic, value in now_struck.items() if topic in standing},
        ended=frozenset(ended),
    )
