"""The alerts that ship with the program: what is told of, and from which bar on."""

from datetime import timedelta
from functools import cache

from app.catalogue.documents import read_table
from app.catalogue.places import DATA
from app.domain.alerts import Rule


@cache
def shipped_rules() -> dict[str, Rule]:
    """Code → rule, in the order of the table; a malformed table stops the program at start, where it is seen."""
    return {
        row["rule"]: Rule(
            row["rule"], row["gauge"], float(row["bar"]), above={"above": True, "below": False}[row["side"]],
            where=dict([row["where"].split("=")]) if row["where"] else {}, subject=row["subject"],
            calm=timedelta(seconds=int(row["calm_seconds"])), title=row["title"], unit=row["unit"],
        )
        for row in read_table(DATA / "alerts.csv")
    }  # fmt: skip
