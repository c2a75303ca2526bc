"""Replies: what was written, and what it was taken to mean."""

from app.domain.understanding.asides import Part, guess_language, parts_of, read_when, without_correction
from app.domain.understanding.commands import Command, Order, read_aside, read_command
from app.domain.understanding.cries import Heard, cries_heard, cries_in, find_cries
from app.domain.understanding.folding import fold, one_form, tokens, words_of
from app.domain.understanding.hearing import hear
from app.domain.understanding.lexicon import CryPhrase, Lexicon, Lexicons, Sense
from app.domain.understanding.model import UNCLEAR, Method, Outcome, Understanding
from app.domain.understanding.names import Name, Names
from app.domain.understanding.reader import THRESHOLD, understand
from app.domain.understanding.switching import read_language
from app.domain.understanding.templates import Templates, run_of
from app.domain.understanding.wishes import Wish, read_wish

__all__ = [
    "THRESHOLD",
    "UNCLEAR",
    "Command",
    "CryPhrase",
    "Heard",
    "Lexicon",
    "Lexicons",
    "Method",
    "Name",
    "Names",
    "Order",
    "Outcome",
    "Part",
    "Sense",
    "Templates",
    "Understanding",
    "Wish",
    "cries_heard",
    "cries_in",
    "find_cries",
    "fold",
    "guess_language",
    "hear",
    "one_form",
    "parts_of",
    "read_aside",
    "read_command",
    "read_language",
    "read_when",
    "read_wish",
    "run_of",
    "tokens",
    "understand",
    "without_correction",
    "words_of",
]
