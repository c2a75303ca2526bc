"""What an answer of a carrier means for a text: one table per carrier, read once."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources

from app.carriers.protocol import Cause, Outcome, Rejected, Retry, Unknown

_MIN_ERROR, _MIN_FAULT = 400, 500
# A day: longer than any queue of a carrier's, and a wild header cannot park a text for ever.
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `outcome` is rejected, retry or unknown; `after` and `attempts` matter to a retry alone."""

    code: str
    outcome: str
    cause: Cause
    after: timedelta
    source: str
    attempts: int | None = None

    def apply(self, code: str, wait: timedelta | None = None) -> Outcome:
        """The outcome under the code the carrier gave; `wait` is what it asked for, where it did."""
        if self.outcome == "retry":
            after = self.after if wait is None else min(wait, _LONGEST_WAIT)
            return Retry(after, self.cause, code, self.attempts)
        return Rejected(self.cause, code) if self.outcome == "rejected" else Unknown(self.cause, code)


@dataclass(frozen=True, slots=True)
class Policy:
    """A carrier's table, by code: its own codes, `http-…` for a bare status, and a word where no answer came."""

    rules: Mapping[str, Rule]

    def without_answer(self, code: str) -> Outcome:
        """The outcome where the carrier said nothing that can be read: connect-failed, no-answer or unreadable."""
        return self.rules[code].apply(code)

    def refused(self, status: int, code: str, wait: timedelta | None) -> Outcome:
        """The outcome of an answer that is not 2xx.

        Args:
            status: of HTTP.
            code: the carrier's own, empty where the answer had none.
            wait: from Retry-After, or None.
        """
        # Whatever code a 5xx carries, the message may have been made before the fault.
        known = self.rules.get(code) if status < _MIN_FAULT else None
        rule = known or self.rules.get(f"http-{status}") or self.rules[_family(status)]
        return rule.apply(code or f"http-{status}", wait)

    def told(self, code: str, otherwise: str) -> Outcome:
        """The outcome a 2xx answer tells for one text by a code; `otherwise` is the row of a code nobody listed."""
        return (self.rules.get(code) or self.rules[otherwise]).apply(code)

    def cause_of(self, code: str) -> Cause:
        """Why a text failed on its way, by the code of a status report; OTHER where the table does not name it."""
        rule = self.rules.get(code)
        return rule.cause if rule else Cause.OTHER


@cache
def policy(carrier: str) -> Policy:
    """The table `data/<carrier>_errors.csv`, over the rows of `data/http_errors.csv`, which hold for every carrier."""
    return Policy(_table("http") | _table(carrier))


def _table(name: str) -> dict[str, Rule]:
    table = resources.files("app.carriers").joinpath(f"data/{name}_errors.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    return {row["code"]: _rule(row) for row in csv.DictReader(lines)}


def _rule(row: dict[str, str]) -> Rule:
    after = timedelta(seconds=int(row["after_seconds"] or 0))
    # A column that only some tables have.
    attempts = int(row.get("attempts") or 0) or None
    return Rule(row["code"], row["outcome"], Cause(row["cause"]), after, row["source"], attempts)


def _family(status: int) -> str:
    if status < _MIN_ERROR:
        return "http-3xx"
    return "http-4xx" if status < _MIN_FAULT else "http-5xx"
