"""What a worker may ask the line for, out of the blue: how a request stands, its end, no contact for now."""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.understanding.folding import words_of
from app.domain.understanding.lexicon import Lexicon, Lexicons, Sense
from app.domain.understanding.reply import strip

_LONGEST = 60  # characters; what is longer tells a story


class Wish(StrEnum):
    """What the line can do for a worker; those without words of their own are picked from the menu."""

    MENU = "menu"
    SERVICES = "services"
    STATUS = "status"
    CALL = "call"
    END_REQUEST = "end-request"
    NO_CONTACT = "no-contact"
    CONTACT = "contact"


_WORDS = ((Sense.STATUS, Wish.STATUS), (Sense.END_REQUEST, Wish.END_REQUEST), (Sense.NO_CONTACT, Wish.NO_CONTACT))


def read_wish(text: str, language: str, lexicons: Mapping[str, Lexicon]) -> Wish | None:
    """The wish that a text is, politeness aside, in the worker's own words or the English ones; None for any other.

    Args:
        text: as it came.
        language: the worker's.
        lexicons: of every language.
    """
    if len(text.strip()) > _LONGEST:
        return None
    known = Lexicons.of(lexicons)
    words = words_of(text)
    for lexicon in (known.spoken(language), known.spoken("en")):
        parts = lexicon.segment(words)
        phrases = {" ".join(words), " ".join(parts), " ".join(strip(parts, lexicon))}
        for sense, wish in _WORDS:
            if not lexicon.of(sense).keys().isdisjoint(phrases):
                return wish
    return None
