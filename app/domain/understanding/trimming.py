"""What of a reply's parts only stresses or completes another of them."""

from app.domain.understanding.asked import Asked
from app.domain.understanding.lexicon import Lexicon, Sense

_IDLE = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.FILLER)


def trimmed(parts: list[str], asked: Asked, hints: frozenset[Sense]) -> list[str]:
    """The parts that decide a yes or a no; `hints` are all that the reply may say."""
    if Sense.STRESS in hints and asked.question.text:
        parts = _unstressed(parts, asked)
    if len(parts) == 1:
        return parts
    lexicon = asked.lexicon
    kept = _without_verbs(parts, asked) if Sense.NEGATION in hints and asked.question.text else parts
    if Sense.FILLER not in hints or Sense.YES not in hints:
        return kept
    others = [part for part in kept if not _stresses(part, lexicon)]
    return kept if all(lexicon.says(part, *_IDLE) for part in others) else others


def _unstressed(parts: list[str], asked: Asked) -> list[str]:
    """The parts without what only stresses them: "very | safe", "told | clearly"; all as they are behind a "not"."""
    kept: list[str] = []
    for part in parts:
        bare, doubts = _apart(part, asked)
        if doubts and any(_denied(before, asked) for before in kept):
            return parts  # "not very safe"
        kept += [bare] if bare else []
    if not kept or kept == parts:
        return parts
    # "I really | feel safe" is "I feel safe".
    return [part for part, _ in asked.lexicon.every.cut(" ".join(kept).split(" "))]


def _apart(part: str, asked: Asked) -> tuple[str, bool]:
    """A part without its stress, and whether a "not" before it would deny but the stress: "not totally".

    A phrase that grades, such as "very safe", loses it only where the rest answers the question.
    """
    stress = asked.lexicon.of(Sense.STRESS)
    if part in stress:
        return "", bool(stress[part])
    if " " not in part or asked.echoes.get(part) is not None:
        return part, False
    words = asked.lexicon.phrases(Sense.STRESS).cut(part.split(" "))
    rest = " ".join(word for word, stressed in words if not stressed)
    told = None if rest == part else asked.echoes.get(rest)
    if told is None or (told is False and " " in rest and not words[0][1]):
        return part, False
    return rest, any(stress[word] for word, stressed in words if stressed)


def _denied(part: str, asked: Asked) -> bool:
    """Whether a part denies what stands behind it, or something itself."""
    return asked.lexicon.says(part, Sense.NEGATION, Sense.NO) or asked.echoes.get(part) is False


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
