"""The work beside the web: the engine's turns, and the clock of recurrences."""

from app.worker.recurrences import Recurrences, first_ticks, missed_rounds, trigger, upcoming
from app.worker.turns import work

__all__ = ["Recurrences", "first_ticks", "missed_rounds", "trigger", "upcoming", "work"]
