"""A text that asks for another language: by its name alone, or with the few words that ask for one."""

from collections.abc import Callable, Mapping, Sequence

from app.domain.understanding.commands import Command, Order
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.folding import words_of
from app.domain.understanding.lexicon import Lexicon, Lexicons, Sense

_ENGLISH = "en"
_LONGEST = 60  # characters; what is longer tells a story
_MOST_WORDS = 8
_ASKING = (Sense.POLITE, Sense.SPEAK)
_DENYING = (Sense.UNSURE, Sense.NO, Sense.NEGATION, Sense.POLITE, Sense.SPEAK)


def read_language(
    text: str,
    language: str,
    lexicons: Mapping[str, Lexicon],
    *,
    whole: bool = False,
    speaks_of: Callable[[str], bool] | None = None,
) -> Command | None:
    """The change of language that a text asks for: "english", "bangla please", "hindi me"; None for any other.

    A name among other words is none: "my boss is chinese". "No english" asks for another, and does not say which.

    Args:
        text: as it came.
        language: the worker's, whose words ask for one, beside English and the language that is named.
        lexicons: of every language.
        whole: the question takes any text, so that beside the name only politeness counts.
        speaks_of: whether the question speaks of a word; the name of what it asks about answers it.
    """
    if len(text) > _LONGEST:
        return None
    known = Lexicons.of(lexicons)
    words = words_of(text)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    if any(map(is_unspaced, words)):
        words = known.language_cutter.cut(words)
    if not known.names.begin(words):
        return None
    parts = known.names.cut(words)
    own = known.spoken(language)
    names = {
        part for part, named in parts if named and _means(part, own, known) and not (speaks_of and speaks_of(part))
    }
    wanted = {known.names[name].language for name in names}
    if len(wanted) != 1:
        return None
    code = wanted.pop()
    others = [part for part, _ in parts if part not in names]
    tongues = [known.spoken(tongue) for tongue in dict.fromkeys((language, _ENGLISH, code))]
    if not (left := _unsaid(others, tongues, _ASKING[:1] if whole else _ASKING)):
        return Command(Order.LANGUAGE, code)
    return None if whole or _unsaid(left, tongues, _DENYING) else Command(Order.LANGUAGE)


def _means(name: str, own: Lexicon, lexicons: Lexicons) -> bool:
    """Whether the worker means the language by its name, and no other word of theirs."""
    known = lexicons.names[name]
    return known.alone and own.language not in known.not_in and name not in own.senses and name not in own.topics


def _unsaid(words: Sequence[str], lexicons: Sequence[Lexicon], senses: Sequence[Sense]) -> list[str]:
    """The words but those that say one of the senses in one of the languages.

    What names somebody or something of a workplace stays, though a form of address may do so: "chinese boss".
    """
    left = [word for part in words for word in part.split(" ")]
    for lexicon in lexicons:
        for sense in senses:
            parts = lexicon.phrases(sense).cut(left)
            kept = [part for part, said in parts if not said or any(part in other.topics for other in lexicons)]
            left = [word for part in kept for word in part.split(" ")]
    return left
