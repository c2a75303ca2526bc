"""Matching: a need and the services around it, in a fair order that can be explained."""

from app.domain.matching.model import Candidate, Match, NeedToMatch
from app.domain.matching.ranking import WEIGHTS, Weights, match

__all__ = ["WEIGHTS", "Candidate", "Match", "NeedToMatch", "Weights", "match"]
