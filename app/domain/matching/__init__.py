"""Matching: a need and the services around it, in a fair order that can be explained."""

from app.domain.matching.model import Candidate, Match, NeedToMatch
from app.domain.matching.ranking import WEIGHTS, Weights, match
from app.domain.matching.traits import FRESH_FOR, is_stale

__all__ = ["FRESH_FOR", "WEIGHTS", "Candidate", "Match", "NeedToMatch", "Weights", "is_stale", "match"]
