"""Replies: what was written, and what it was taken to mean."""

from app.domain.understanding.commands import Command, Order, read_command
from app.domain.understanding.cries import find_cries
from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import CryPhrase, Lexicon, Sense
from app.domain.understanding.model import UNCLEAR, Method, Outcome, Understanding
from app.domain.understanding.reader import THRESHOLD, understand

__all__ = [
    "THRESHOLD",
    "UNCLEAR",
    "Command",
    "CryPhrase",
    "Lexicon",
    "Method",
    "Order",
    "Outcome",
    "Sense",
    "Understanding",
    "find_cries",
    "fold",
    "read_command",
    "tokens",
    "understand",
]
