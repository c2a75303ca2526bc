"""STOP, START, HELP and `lang bn`, read before anything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import Lexicon

_SWITCH = frozenset({"lang", "language"})
_ENGLISH = "en"
_LONGEST_WORDS = 4


class Order(StrEnum):
    """What a command asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, with the language for a switch."""

    order: Order
    language: str = ""


def read_command(text: str, language: str, lexicons: Mapping[str, Lexicon]) -> Command | None:
    """The command a text is, or None.

    The worker's own words count and the English ones, which carriers enforce in every country. Only a text that is
    the word alone (politeness aside) is a command: "I want them to stop shouting" is not.
    """
    words = tokens(fold(text))
    if len(words) > 1 and words[0] in _SWITCH:
        return _switch(" ".join(words[1:]), lexicons)
    spoken = [lexicons[tongue] for tongue in dict.fromkeys((language, _ENGLISH)) if tongue in lexicons]
    polite = frozenset[str]().union(*(lexicon.polite for lexicon in spoken))
    bare = [word for word in words if word not in polite] or list(words)
    phrases = {" ".join(words), " ".join(bare)} if len(words) <= _LONGEST_WORDS else set[str]()
    if len(set(bare)) == 1:
        phrases.add(bare[0])  # "STOP STOP!"
    for order, known in (
        (Order.STOP, [lexicon.stop for lexicon in spoken]),
        (Order.START, [lexicon.start for lexicon in spoken]),
        (Order.HELP, [lexicon.help for lexicon in spoken]),
    ):
        if any(phrases & words_known for words_known in known):
            return Command(order)
    return None


def _switch(name: str, lexicons: Mapping[str, Lexicon]) -> Command | None:
    for code, lexicon in lexicons.items():
        if name == code or name in lexicon.names:
            return Command(Order.LANGUAGE, code)
    return None
