"""What an answer of Twilio means for a text: one table, read once."""

import csv
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources

from app.carriers.protocol import Cause, Outcome, Rejected, Retry, Unknown

_MIN_ERROR, _MIN_FAULT = 400, 500
# A day: longer than any queue of Twilio's, and a wild header cannot park a text for ever.
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `outcome` is rejected, retry or unknown; `after` matters to a retry alone."""

    code: str
    outcome: str
    cause: Cause
    after: timedelta
    source: str

    def apply(self, code: str, wait: timedelta | None = None) -> Outcome:
        """The outcome under the code Twilio gave; `wait` is what Twilio asked for, where it did."""
        if self.outcome == "retry":
            return Retry(self.after if wait is None else min(wait, _LONGEST_WAIT), self.cause, code)
        return Rejected(self.cause, code) if self.outcome == "rejected" else Unknown(self.cause, code)


@cache
def rules() -> dict[str, Rule]:
    """The table, by code: Twilio's numbers, `http-…` for a bare status, and a word where no answer came."""
    table = resources.files("app.carriers").joinpath("data/twilio_errors.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    return {row["code"]: _rule(row) for row in csv.DictReader(lines)}


def _rule(row: dict[str, str]) -> Rule:
    after = timedelta(seconds=int(row["after_seconds"] or 0))
    return Rule(row["code"], row["outcome"], Cause(row["cause"]), after, row["source"])


def without_answer(code: str) -> Outcome:
    """The outcome where Twilio said nothing that can be read: connect-failed, no-answer or unreadable."""
    return rules()[code].apply(code)


def refused(status: int, code: str, wait: timedelta | None) -> Outcome:
    """The outcome of an answer that is not 2xx.

    Args:
        status: of HTTP.
        code: Twilio's own, empty where the answer had none.
        wait: from Retry-After, or None.
    """
    # Whatever code a 5xx carries, the message may have been made before the fault.
    known = rules().get(code) if status < _MIN_FAULT else None
    rule = known or rules().get(f"http-{status}") or rules()[_family(status)]
    return rule.apply(code or f"http-{status}", wait)


def _family(status: int) -> str:
    if status < _MIN_ERROR:
        return "http-3xx"
    return "http-4xx" if status < _MIN_FAULT else "http-5xx"


def cause_of(code: str) -> Cause:
    """Why a text failed on its way, by the code of a status report; OTHER where the table does not name it."""
    rule = rules().get(code)
    return rule.cause if rule else Cause.OTHER
