"""Kinds of people, how many there are of each, and how soon each answers."""

from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random


class Persona(StrEnum):
    """How a virtual worker behaves."""

    QUICK = "quick"
    LATE = "late"
    WORDY = "wordy"
    MISSPELT = "misspelt"
    SILENT = "silent"
    STOP = "stop"
    CRY = "cry"
    DEAD = "dead"


SHARES = {
    Persona.QUICK: 45,
    Persona.LATE: 15,
    Persona.WORDY: 12,
    Persona.MISSPELT: 8,
    Persona.SILENT: 12,
    Persona.STOP: 3,
    Persona.CRY: 3,
    Persona.DEAD: 2,
}
"""Per cent of a crowd. Invented, so that a rehearsal meets every kind; no figure about real people."""

_SECONDS = {
    Persona.QUICK: (5, 120),
    Persona.LATE: (5_400, 25_200),
    Persona.WORDY: (30, 300),
    Persona.MISSPELT: (10, 200),
    Persona.STOP: (5, 120),
    Persona.CRY: (30, 300),
}


def draw_persona(rng: Random) -> Persona:
    """One of the kinds, by their shares."""
    return rng.choices(list(SHARES), cum_weights=list(accumulate(SHARES.values())))[0]


def draw_delay(persona: Persona, rng: Random) -> timedelta:
    """How long this kind takes to answer one text; the silent and the dead never come here."""
    return timedelta(seconds=rng.randint(*_SECONDS[persona]))
