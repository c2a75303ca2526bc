"""Replies: what was written, and what it was taken to mean."""

from app.domain.understanding.commands import Command, Order, read_aside, read_command
from app.domain.understanding.cries import Heard, cries_heard, find_cries
from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.hearing import hear
from app.domain.understanding.lexicon import CryPhrase, Lexicon, Lexicons, Sense
from app.domain.understanding.model import UNCLEAR, Method, Outcome, Understanding
from app.domain.understanding.reader import THRESHOLD, understand

__all__ = [
    "THRESHOLD",
    "UNCLEAR",
    "Command",
    "CryPhrase",
    "Heard",
    "Lexicon",
    "Lexicons",
    "Method",
    "Order",
    "Outcome",
    "Sense",
    "Understanding",
    "cries_heard",
    "find_cries",
    "fold",
    "hear",
    "read_aside",
    "read_command",
    "tokens",
    "understand",
]
