"""The axis a figure is read on."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.indicators import shape
from app.domain.survey import Indicator, Survey
from app.web.pages import formats
from app.web.pages.languages import gettext, marked


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of an indicator's axis, and how its values are written; `unit` is "" where the ends say it all."""

    low: float
    high: float
    share: bool = False
    unit: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    def written(self, value: float) -> str:
        """A value: a mean with one decimal, a share in per cent."""
        return formats.percent(value) if self.share else formats.mean(value)

    def span(self, low: float, high: float) -> str:
        """An interval."""
        if self.share:
            return f"{formats.mean(100 * low, 0)}–{formats.per_cent(100 * high)}"
        return f"{formats.mean(low)}–{formats.mean(high)}"

    def difference(self, by: float) -> str:
        """A difference of two values, with its sign; of shares in points of the per cent."""
        return formats.signed(100 * by if self.share else by)

    @property
    def told_unit(self) -> str:
        """The unit, in the language at hand."""
        return gettext(self.unit) if self.unit else ""

    @property
    def marks(self) -> tuple[str, str]:
        """What stands at the ends of the axis."""
        if self.share:
            return formats.count(0), formats.percent(1)
        return formats.digits(f"{self.low:g}"), formats.digits(f"{self.high:g}")


_UNITS: Mapping[str, str] = {
    "as asked": marked("in the question’s unit"),
    "share thriving": marked("share of people"),
}

SCORE = Scale(0, 100)
SHARE = Scale(0, 1, share=True)


def scales_of(survey: Survey) -> Mapping[str, Scale]:
    """The scale of every indicator; one without a range of its own has that of its questions."""
    return {indicator.code: _scale(indicator, survey) for indicator in survey.indicators}


def _scale(indicator: Indicator, survey: Survey) -> Scale:
    of = shape(indicator)
    if of.kind == "share":
        return Scale(0, 1, share=True, unit=_UNITS.get(of.unit, of.unit))
    if of.low is not None and of.high is not None:
        return Scale(of.low, of.high)
    questions = [question for code in indicator.of if (question := survey.question(code))]
    lows = [question.minimum for question in questions if question.minimum is not None]
    highs = [question.maximum for question in questions if question.maximum is not None]
    if not lows or not highs or min(lows) >= max(highs):
        return Scale(SCORE.low, SCORE.high, unit=_UNITS.get(of.unit, of.unit))
    return Scale(min(lows), max(highs), unit=_UNITS.get(of.unit, of.unit))
