"""Whether a site's answers came about freely: signs to look at, each with its evidence; nothing is dropped for them.

A sign is a reason to ask, not a finding. Every rule compares a site with the others of its round and is set so that
an honest site is flagged about once in a thousand times; `benchmarks/quality.py` measures it.
"""

from collections.abc import Sequence

from app.domain.quality.model import Flag, FlagKind, Respondent, SiteFigure
from app.domain.quality.peers import far_above_peers
from app.domain.quality.sites import alike, bursts, rushed, shared_phones, straight_lines, told_what_to_answer

__all__ = ["Flag", "FlagKind", "Respondent", "SiteFigure", "examine", "far_above_peers"]

_RULES = (alike, straight_lines, rushed, shared_phones, bursts)


def examine(respondents: Sequence[Respondent], figures: Sequence[SiteFigure], *, least_told: int = 10) -> list[Flag]:
    """Every sign in a round's answers, by site.

    Args:
        respondents: everybody who answered anything in the round.
        figures: each indicator at each site.
        least_told: how many must say that they were told what to answer before it is told of.
    """
    flags = [flag for rule in _RULES for flag in rule(respondents)]
    flags += [*told_what_to_answer(respondents, least_told), *far_above_peers(figures)]
    return sorted(flags, key=lambda flag: (flag.site, flag.kind))
