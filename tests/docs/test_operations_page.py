"""What the operator reads names every metric and every alert there is."""

from pathlib import Path

from app.catalogue.alerts import shipped_rules
from app.web.metrics import COUNTERS, GAUGES


def test_every_metric_and_every_alert_is_explained(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    named = [*GAUGES, *(f"{name}_total" for name, _, _ in COUNTERS.values()), *shipped_rules()]
    assert [name for name in named if f"`{name}`" not in page] == []


def test_every_alert_goes_by_a_metric_there_is() -> None:
    # That the database is away for so long only a process's memory can tell.
    assert {rule.of for rule in shipped_rules().values()} - {*GAUGES} == {"database_away_seconds"}
