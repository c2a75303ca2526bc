"""What was looked at, in the form Prometheus reads. Every name and label is from the tables below."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.domain.alerts import Reading
from app.jobs.looking import Look, Sums
from app.jobs.tallying import (
    BOUNDS,
    ERRORS,
    LETTERS,
    POSTS,
    READ,
    REPLIES,
    REPORTS,
    SECONDS,
    SEGMENTS,
    SPOOLED,
    SUM,
    TEXTS,
)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "database_up": ("Whether the process that answers reaches the database.", ()),
    "queue_texts": ("Texts that wait to be sent.", ("carrier", "priority", "due")),
    "queue_oldest_seconds": ("For how long the oldest text has been due.", ("carrier", "priority")),
    "inbox_replies": ("Replies that wait to be read.", ()),
    "inbox_oldest_seconds": ("For how long the oldest of them waits.", ()),
    "inbox_set_aside": ("Replies that could not be handled and wait for a person.", ()),
    "leases": ("Texts that are being handed over, and those whose sender died over it.", ("state",)),
    "unknown_texts": ("Texts whose fate is unknown; those a person must decide of.", ("carrier", "decide")),
    "dead_letters": ("Texts given up for a reason a person can mend.", ("carrier",)),
    "timers_late": ("Timers of conversations that are due.", ("timer",)),
    "timer_late_seconds": ("By how much the oldest of them is late.", ("timer",)),
    "schedules_missed": ("Recurring rounds of the last day that were not asked.", ()),
    "processes": ("Processes that live.", ("kind",)),
    "workers_alive": ("Processes that live and send and read.", ()),
    "road_resting": ("For how many processes a carrier's road rests: its breaker is open.", ("carrier",)),
    "webhooks_waiting": ("Webhooks that wait for their commit.", ()),
    "spool_bytes": ("Bytes in the spools of all hosts.", ()),
    "spool_files": ("Files in them.", ()),
    "spool_oldest_seconds": ("For how long the spool that is in use longest has been.", ()),
    "spool_set_aside": ("Files that are not replayed: refused or damaged.", ()),
    "error_share": ("Share of the texts of the last ten to twenty minutes that failed.", ("carrier",)),
    "deliveries_waiting": ("Events that wait to be posted to webhooks.", ()),
    "deliveries_failed": ("Events that were given up.", ()),
    "letters_waiting": ("Letters that wait to be sent by e-mail.", ()),
    "letters_failed": ("Letters that were given up.", ()),
    "alerts_standing": ("Alerts that stand.", ("rule",)),
}
"""Name → what it tells, and its labels."""

COUNTERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    TEXTS: ("texts", "Hand-overs of texts, by what came of them.", ("carrier", "outcome")),
    ERRORS: ("text_errors", "Hand-overs that failed, by the class of the error.", ("carrier", "cause")),
    SEGMENTS: ("segments", "Segments handed over.", ("carrier",)),
    REPORTS: ("reports", "Reports of carriers on texts we know.", ("carrier", "delivery")),
    REPLIES: ("replies_kept", "Replies that webhooks and look-ups brought, repetitions among them.", ("carrier",)),
    READ: ("replies_read", "Replies handled.", ("carrier",)),
    SPOOLED: ("webhooks_spooled", "Webhooks kept on disk because the database was away.", ("carrier",)),
    POSTS: ("event_posts", "Posts to webhooks of others, by what came of them.", ("outcome",)),
    LETTERS: ("letters", "Hand-overs of letters, by what came of them.", ("outcome",)),
}
"""What a tally is called → the name, what it tells, and its labels."""


class _Shown(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def exposition(metrics: Iterable[Metric]) -> bytes:
    """Metrics as text."""
    registry = CollectorRegistry()
    registry.register(_Shown(metrics))
    return generate_latest(registry)


def metrics_of(seen: Look) -> list[Metric]:
    """A look as metrics."""
    return [*gauges([Reading("database_up", 1.0), *seen.readings]), *counters(seen.sums), _seconds(seen.sums)]


def gauges(readings: Iterable[Reading]) -> list[Metric]:
    """Readings as gauges; KeyError for one that is in no table, so that none is shown by accident."""
    found: dict[str, GaugeMetricFamily] = {}
    for reading in readings:
        told, labels = GAUGES[reading.name]
        if reading.name not in found:
            found[reading.name] = GaugeMetricFamily(f"shiftline_{reading.name}", told, labels=labels)
        found[reading.name].add_metric([reading.labels[name] for name in labels], reading.value)
    return list(found.values())


def counters(sums: Sums) -> list[Metric]:
    """What all processes counted."""
    found: list[Metric] = []
    for tally, (name, told, labels) in COUNTERS.items():
        metric = CounterMetricFamily(f"shiftline_{name}", told, labels=labels)
        for (kind, label, detail), total in sorted(sums.items()):
            if kind == tally:
                metric.add_metric([label, detail][: len(labels)], total.value)
        found.append(metric)
    return found


def _seconds(sums: Sums) -> Metric:
    metric = HistogramMetricFamily("shiftline_batch_seconds", "How long batches took.", labels=["job"])
    counted: dict[str, dict[str, float]] = defaultdict(dict)
    for (kind, job, detail), total in sums.items():
        if kind == SECONDS:
            counted[job][detail] = total.value
    for job, counts in sorted(counted.items()):
        whole, buckets = 0.0, list[tuple[str, float]]()
        for bound in [*map(str, BOUNDS), "+Inf"]:
            whole += counts.get(bound, 0.0)
            buckets.append((bound, whole))
        metric.add_metric([job], buckets, counts.get(SUM, 0.0))
    return metric
