"""What of a reply's parts only stresses or completes another of them."""

from app.domain.understanding.asked import Asked
from app.domain.understanding.lexicon import Lexicon, Sense

_IDLE = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.FILLER)


def trimmed(parts: list[str], asked: Asked) -> list[str]:
    """The parts that decide a yes or a no."""
    lexicon = asked.lexicon
    kept = _without_verbs(parts, asked) if len(parts) > 1 and asked.question.text else parts
    others = [part for part in kept if not _stresses(part, lexicon)]
    return kept if all(lexicon.says(part, *_IDLE) for part in others) else others


def _stresses(part: str, lexicon: Lexicon) -> bool:
    """Whether a part is a yes only where it stands alone: Urdu "bilkul", absolutely; "bilkul nahi mila", not at all."""
    return lexicon.says(part, Sense.YES) and lexicon.says(part, Sense.FILLER)


def _without_verbs(parts: list[str], asked: Asked) -> list[str]:
    """The parts but a yes that a "not" right beside it denies.

    Urdu "kuch nahi | milta", nothing is given; "pait bhar kar | nahi mila", not to the full.
    """
    echoes, lexicon = asked.echoes, asked.lexicon

    def denied(before: str, part: str, behind: str) -> bool:
        if _denies(before, -1, lexicon):
            return True
        told = _denies(behind, 0, lexicon) and echoes.get(behind) is False
        return told and not behind.endswith(part)  # "mila, nahi mila" says both

    return [
        part
        for before, part, behind in zip(["", *parts], parts, [*parts[1:], ""], strict=False)
        if echoes.get(part) is not True or echoes.pointed(part) or not denied(before, part, behind)
    ]


def _denies(part: str, at: int, lexicon: Lexicon) -> bool:
    """Whether a phrase of several words has a "not" at its beginning (0) or its end (-1)."""
    words = part.split(" ")
    return len(words) > 1 and lexicon.says(words[at], Sense.NEGATION)
