"""What of a reply's parts only stresses or completes another of them."""

from app.domain.understanding.asked import Asked
from app.domain.understanding.lexicon import Lexicon, Sense

_IDLE = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.FILLER)


def trimmed(parts: list[str], asked: Asked, hints: frozenset[Sense]) -> list[str]:
    """The parts that decide a yes or a no; `hints` are all that the reply may say."""
    if len(parts) == 1:
        return parts
    lexicon = asked.lexicon
    kept = _without_verbs(parts, asked) if Sense.NEGATION in hints and asked.question.text else parts
    if Sense.FILLER not in hints or Sense.YES not in hints:
        return kept
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
        told = (
            " " in behind and _denies(behind, 0, lexicon) and not behind.endswith(part)
        )  # "mila, nahi mila" says both
        if not (told and echoes.get(behind) is False) and not (" " in before and _denies(before, -1, lexicon)):
            return False
        return echoes.get(part) is True and not echoes.pointed(part)

    triples = zip(["", *parts], parts, [*parts[1:], ""], strict=False)
    return [part for before, part, behind in triples if not denied(before, part, behind)]


def _denies(phrase: str, at: int, lexicon: Lexicon) -> bool:
    """Whether a phrase has a "not" at its beginning (0) or its end (-1); "nahi nahi", no no, takes back what went before."""
    return lexicon.says(phrase.split(" ")[at], Sense.NEGATION) and not lexicon.says(phrase, Sense.CORRECTION)
