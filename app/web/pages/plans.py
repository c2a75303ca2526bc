"""What was done about findings, in a few lines of another page: each action's state, and the share of workers told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.web.pages import formats
from app.web.pages.acting import STATES
from app.web.pages.languages import gettext, visit

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """An action: `text` is what workers read, in the page's language where it has that; `share` was told, 0–1, None unknown."""

    said: str
    about: str
    text: str
    language: str
    state: str
    done: bool
    owner: str
    due: date
    share: float | None


def plans(actions: Sequence[Row], sites: Sequence[str] = (), *, country: str = "", site: str = "") -> list[Plan]:
    """The actions about a round, or about a part of it.

    Args:
        actions: as their reader may know them.
        sites: those of the part; an action about none of them is left out. Empty for the whole round.
        country: whose share told is wanted; "" for the round's.
        site: whose share told is wanted; "" for the country's or the round's.
    """
    return [
        _plan(row, country, site)
        for row in actions
        if not sites or not row["sites"] or set(sites).intersection(row["sites"])
    ]


def _plan(row: Row, country: str, site: str) -> Plan:
    texts: Mapping[str, str] = row["texts"]
    language = visit().language if visit().language in texts else next(iter(texts), "")
    return Plan(
        row["said"], formats.named(row["indicator"] or row["question"]), texts.get(language, ""), language,
        gettext(STATES[row["state"]]), row["state"] == "done", row["owner"], row["due_on"], _share(row, country, site),
    )  # fmt: skip


def _share(row: Row, country: str, site: str) -> float | None:
    level = "site" if site else "country" if country else "round"
    wanted = {"site": site, "country": country, "round": ""}[level]
    return next(
        (
            told["share"] for told in row["share_told"]
            if told["level"] == level and (level == "round" or told[level] == wanted)
        ),
        None,
    )  # fmt: skip


def told_in_all(found: Sequence[Plan]) -> str:
    """The share of workers told of what was done: of one action as it is; of more, at least what the widest reached."""
    shares = [plan.share for plan in found if plan.share is not None]
    if not shares:
        return gettext("not yet") if found else gettext("nothing was written yet")
    widest = formats.percent(max(shares))
    return widest if len(shares) == 1 else gettext("at least %(share)s") % {"share": widest}
