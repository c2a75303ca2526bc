"""AAPOR's outcome rates, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.web.pages import formats
from app.web.pages.languages import gettext, marked

_MEANINGS: Mapping[str, tuple[str, str]] = {
    "rr1": ("RR1", marked("Finished the survey, of everybody who could be asked. The strictest response rate.")),
    "rr2": ("RR2", marked("Finished it or got past its partial point, of everybody who could be asked.")),
    "rr3": ("RR3", marked("As RR1, counting only the likely part of those of whom nothing is known.")),
    "rr4": ("RR4", marked("As RR2, counting only the likely part of those of whom nothing is known.")),
    "rr5": ("RR5", marked("As RR1, leaving out those of whom nothing is known. The most it can be.")),
    "rr6": ("RR6", marked("As RR2, leaving out those of whom nothing is known. The most it can be.")),
    "coop1": ("COOP1", marked("Finished, of all who were reached.")),
    "coop2": ("COOP2", marked("Finished or partial, of all who were reached.")),
    "coop3": ("COOP3", marked("Finished, of all who were reached and able to answer.")),
    "coop4": ("COOP4", marked("Finished or partial, of all who were reached and able to answer.")),
    "ref1": ("REF1", marked("Said no, stopped or broke off early, of everybody who could be asked.")),
    "ref2": ("REF2", marked("As REF1, counting only the likely part of the unknown.")),
    "ref3": ("REF3", marked("As REF1, leaving out the unknown.")),
    "con1": ("CON1", marked("Reached, of everybody who could be asked: any word came back.")),
    "con2": ("CON2", marked("As CON1, counting only the likely part of the unknown.")),
    "con3": ("CON3", marked("As CON1, leaving out the unknown.")),
    "e": ("e", marked("The part of the unknown taken to be workers who could be asked, as among the known.")),
}
_FIRST = ("rr1", "rr2", "coop2", "ref1", "con1")


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as it is read; `share` draws its bar."""

    name: str
    meaning: str
    value: str
    share: float


def read_rates(rates: Mapping[str, float | None]) -> tuple[Sequence[Rate], Sequence[Rate]]:
    """The rates to look at first, and the others; a rate with nobody in its denominator is a dash."""
    first = [_rate(code, rates.get(code)) for code in _FIRST]
    others = [_rate(code, rates.get(code)) for code in _MEANINGS if code not in _FIRST]
    return first, others


def _rate(code: str, value: float | None) -> Rate:
    name, meaning = _MEANINGS[code]
    return Rate(name, gettext(meaning), "–" if value is None else formats.percent(value, 1), value or 0.0)
