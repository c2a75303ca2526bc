"""The Rasch model behind FIES: how likely a household of a raw score is beyond a severity.

Source: FAO, Methods for estimating comparable prevalence rates of food insecurity (Voices of the Hungry, 2016):
the person parameter of each raw score by maximum likelihood, its error normal.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

# No raw score of all items has a finite parameter; FAO takes one half an item lower in its stead.
_SHORT_OF_ALL: Final = 0.5


def probabilities(severities: Sequence[float], threshold: float) -> tuple[float, ...]:
    """The probability, by raw score from 0 to all items, that a person's severity lies beyond the threshold.

    Nobody who affirmed nothing is beyond any threshold.

    Args:
        severities: of the items, in logits.
        threshold: in logits.
    """
    most = len(severities)
    raws = [*range(1, most), most - _SHORT_OF_ALL]
    return (0.0, *(_beyond(raw, severities, threshold) for raw in raws))


def _beyond(raw: float, severities: Sequence[float], threshold: float) -> float:
    person, error = _parameter(raw, severities)
    return 1 - NormalDist(person, error).cdf(threshold)


def _parameter(raw: float, severities: Sequence[float]) -> tuple[float, float]:
    """The severity at which the expected raw score is this one, and its standard error; Newton's method."""
    person, step, information = 0.0, math.inf, 1.0
    while abs(step) > 1e-12:  # noqa: PLR2004
        affirms = [1 / (1 + math.exp(severity - person)) for severity in severities]
        information = sum(share * (1 - share) for share in affirms)
        step = (raw - sum(affirms)) / information
        person += max(-1.0, min(1.0, step))
    return person, 1 / math.sqrt(information)
