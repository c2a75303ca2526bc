"""STOP, START, HELP and `lang bn`, read before anything else; then "later", "who is this" and what else is no answer."""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import regex
from rapidfuzz.distance import OSA

from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.folding import fold, tokens, words_of
from app.domain.understanding.lexicon import Lexicon, Lexicons, Sense
from app.domain.understanding.reply import strip
from app.domain.understanding.spelling import respelled

_STOP_LETTERS = "".join(sorted("stop"))
_SWITCH = frozenset({"lang", "language"})
_ENGLISH = "en"
_SIGNS_AROUND = regex.compile(r"^[^\p{L}]+|[^\p{L}\p{M}]+$")
_LONGEST_WORDS = 12
_SLIPPABLE = 4  # a stop word this long is heard with two letters swapped too: "sotp"
_LONGEST = 300  # characters; what is longer tells a story
_PHRASE = 2
_SIGNS = 4  # a phrase of scripts without blanks has this many signs
_AROUND = 2  # so many beside "stop sending"
_BESIDE = 4  # so many other words may stand beside "who is this"


class Order(StrEnum):
    """What a text asks for instead of answering."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    LANGUAGE = "language"
    WRONG_PERSON = "wrong-person"
    AUTO = "auto"
    WHO = "who"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Command:
    """An order, with the language for a switch; "" where a text asks for another and does not say which."""

    order: Order
    language: str = ""


_COMMANDS = {Sense.STOP: Order.STOP, Sense.START: Order.START, Sense.HELP: Order.HELP}
_ORDERED = frozenset(_COMMANDS.values())
_ASIDES = {
    Sense.WRONG_PERSON: Order.WRONG_PERSON,
    Sense.AUTO: Order.AUTO,
    Sense.WHO: Order.WHO,
    Sense.LATER: Order.LATER,
}
_ASIDES_TOLD = frozenset(_ASIDES.values())


def read_command(
    text: str, language: str, lexicons: Mapping[str, Lexicon], offered: Collection[str] = ()
) -> Command | None:
    """The command a text is, or None.

    The worker's own words count and the English ones, which carriers enforce in every country; STOP counts in every
    language, so long as it is no word of the worker's and no answer on offer. Only a text that is the word alone
    (politeness aside) is a command: "I want them to stop shouting" is not.

    Args:
        text: as it came.
        language: the worker's.
        lexicons: of every language.
        offered: folded answers the open question names; none of them is taken for another language's command.
    """
    known = Lexicons.of(lexicons)
    lines = text.strip().splitlines() or [""]
    first = words_of(lines[0]) if len(lines[0]) <= _LONGEST else ()
    words = words_of(text) if len(text.strip()) <= _LONGEST else ()
    written = unicodedata.normalize("NFC", _SIGNS_AROUND.sub("", text[:_LONGEST])).casefold()
    if written in known.spoken(language).of(Sense.STOP_WRITTEN):
        return Command(Order.STOP)  # Vietnamese "dừng" stops; without its marks it reads as "đúng", which is yes
    if len(lines) > 1 and _stops(first, language, known):
        return Command(Order.STOP)  # "Stop", and what a phone writes below it
    if len(words) > 1 and words[0] in _SWITCH:
        code = known.language_behind(" ".join(words[1:]))
        return Command(Order.LANGUAGE, code) if code else None
    own = known.spoken(language)
    parts = own.segment(words)
    bare = strip(parts, own)
    phrases = _phrases(words, parts, bare)
    found = _ordered(words, phrases, bare, own)
    if found is None and language != _ENGLISH:
        english = known.spoken(_ENGLISH)
        core = strip(words, english)
        found = _ordered(words, _phrases(words, words, core), core, english)
    if found is not None:
        return found
    # Asked of each phrase: a set would look through the whole table.
    strange = not any(phrase in own.senses or phrase in offered for phrase in phrases)
    foreign = strange and not known.stops.isdisjoint(phrases)
    return Command(Order.STOP) if foreign or any(_slipped(phrase, own, offered) for phrase in phrases) else None


def _ordered(words: Sequence[str], phrases: Collection[str], bare: Sequence[str], lexicon: Lexicon) -> Command | None:
    """The order in the words of one language."""
    for sense, order in _COMMANDS.items():
        if not lexicon.of(sense).keys().isdisjoint(phrases):
            return Command(order)
    if (repeated := _only(bare, _COMMANDS, lexicon)) is not None:
        return Command(repeated)
    if (told := lexicon.templates.told(bare, words)) in _ORDERED:
        return Command(Order(told))
    if not lexicon.of(Sense.END_REQUEST).keys().isdisjoint(phrases):
        return None  # "cancel my request" ends no messages, though it begins or ends with a stop word
    stops = _ends_with_stop(words, bare, lexicon) or _stops_beside(words, lexicon)
    return Command(Order.STOP) if stops else None


def _only(core: Sequence[str], orders: Mapping[Sense, Order], lexicon: Lexicon) -> Order | None:
    """What the words order that are phrases of one sense, one behind the other: "help me, how do I answer"."""
    if not 1 < len(core) <= _LONGEST_WORDS:
        return None
    begun = lexicon.hints(core[:1])
    for sense, order in orders.items():
        if sense in begun and all(said for _, said in lexicon.phrases(sense).cut(core)):
            return order
    return None


def _stops(words: Sequence[str], language: str, lexicons: Lexicons) -> bool:
    for lexicon in (lexicons.spoken(tongue) for tongue in (language, _ENGLISH)):
        parts = lexicon.segment(words)
        if not lexicon.of(Sense.STOP).keys().isdisjoint(_phrases(words, parts, strip(parts, lexicon))):
            return True
    return False


def _stops_beside(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Such as "yes stop" and "stop 1": beside the word that stops, what else is said says nothing."""
    if not 1 < len(words) <= _AROUND + 1:
        return False
    rest = [
        word
        for word in words
        if not word.isdecimal() and not lexicon.says(word, Sense.YES, Sense.POLITE, Sense.ACKNOWLEDGE)
    ]
    return " ".join(rest) in lexicon.of(Sense.STOP)


def _phrases(words: Sequence[str], parts: Sequence[str], bare: Sequence[str]) -> frozenset[str]:
    """The text as a whole, its parts without politeness, and its one word where it is repeated: "STOP STOP!"."""
    if not 0 < len(bare) <= _LONGEST_WORDS:
        return frozenset()
    said = frozenset((" ".join(parts), " ".join(bare), " ".join(words), "".join(bare)))
    return said | {bare[0]} if len(set(bare)) == 1 else said


def _ends_with_stop(words: Sequence[str], core: Sequence[str], lexicon: Lexicon) -> bool:
    """Such as "Pls stop sending me msgs": a phrase of two words or more that ends the messages, with a few words around it."""
    longest = lexicon.longest.get(Sense.STOP, 1)
    if longest < _PHRASE or not _PHRASE < len(words) <= longest + _BESIDE:
        return False
    stops = lexicon.phrases(Sense.STOP)
    if not stops.begin(core):
        return False
    parts = stops.cut(core)
    others = [part for part, known in parts if not known]
    denied = any(lexicon.says(part, Sense.NEGATION, Sense.NO) for part in others)
    return len(others) < len(parts) and len(others) <= _AROUND and not denied and any(
        known and part.count(" ") + 1 >= _PHRASE for part, known in (parts[0], parts[-1])
    )  # fmt: skip


def _slipped(phrase: str, lexicon: Lexicon, offered: Collection[str]) -> bool:
    """Such as "sotp": two neighbouring letters swapped in a stop word of the worker's, or English."""
    if len(phrase) < _SLIPPABLE or phrase in lexicon.senses or phrase in offered:
        return False
    letters = "".join(sorted(phrase))
    known = (*lexicon.stops_by_letters.get(letters, ()), *(("stop",) if letters == _STOP_LETTERS else ()))
    return any(OSA.distance(form, phrase) == 1 for form in known)


def read_aside(
    text: str,
    language: str,
    lexicons: Mapping[str, Lexicon],
    *,
    whole: bool = False,
    speaks_of: Callable[[str], bool] | None = None,
) -> Order | None:
    """Whether a text asks who writes, asks for another time, comes from a machine or from the wrong person.

    Args:
        text: as it came.
        language: the worker's; English is read beside it.
        lexicons: of every language.
        whole: the question takes any text, so only a text that says nothing else counts.
        speaks_of: whether the question speaks of a word; "no time to rest" answers one about rest, and is no "later".
    """
    if len(text) > _LONGEST or text.isdecimal():
        return None
    words = words_of(text)
    known = Lexicons.of(lexicons)
    found: Order | None = None
    for tongue in dict.fromkeys((language, _ENGLISH)):
        found = _aside(words, known.spoken(tongue), whole=whole, speaks_of=speaks_of)
        if found is not None:
            return found
    own, folded = known.spoken(language), fold(text)
    if (written_out := respelled(folded, own)) != folded:
        found = _aside(tokens(written_out), own, whole=whole, speaks_of=speaks_of)
    if found is None and not whole and (gist := gist_of(text, language, known)) in _ASIDES_TOLD:
        return Order(gist)
    return found


@lru_cache(maxsize=1)  # asked up to three times of a text
def gist_of(text: str, language: str, known: Lexicons) -> str:
    """What the words of a text say together that answers nothing, by the rules of the language; "" where none fits."""
    lexicon = known.spoken(language)
    if lexicon.gists is None or len(text) > _LONGEST:
        return ""

    def idle(word: str) -> bool:
        return lexicon.says(word, Sense.POLITE, Sense.FILLER)

    def held(word: str) -> bool:
        return lexicon.variants is None or lexicon.variants.knows(word) or word in lexicon.topics

    return lexicon.gists.told(words_of(text), idle, held)


def _aside(
    words: Sequence[str], lexicon: Lexicon, *, whole: bool, speaks_of: Callable[[str], bool] | None = None
) -> Order | None:
    parts = lexicon.segment(words)
    core = strip(parts, lexicon)
    alone = _aside_alone(words, parts, core, lexicon)
    if alone is not None or whole:
        return alone
    hints = lexicon.hints(core)
    for sense, order in _ASIDES.items():
        # A wrong person's takes the number from the worker: only a text that says nothing else may.
        if sense not in hints or order is Order.WRONG_PERSON:
            continue
        pieces = lexicon.phrases(sense).cut(core)
        found = [piece for piece, known in pieces if known and _tells(piece)]
        if order is Order.LATER and _tells_of_pay([piece for piece, said in pieces if not said], lexicon):
            continue  # "they pay later"
        if order is Order.LATER and speaks_of and all(_denies(piece, lexicon) for piece in found):
            # "No time" beside what was asked about answers: "no time to rest".
            found = [] if any(speaks_of(piece) for piece, known in pieces if not known) else found
        if order is Order.WHO and speaks_of:
            others = [piece for piece, known in pieces if not known and piece not in lexicon.senses]
            found = [] if any(map(speaks_of, others)) else found  # "what is overtime?" asks about the question
        short = order is Order.LATER and all(known for _, known in pieces)  # Chinese "在忙 下班说", busy, after work
        if short or (found and (order is Order.AUTO or len(pieces) - len(found) <= _BESIDE)):
            return order
    return None


def _aside_alone(words: Sequence[str], parts: Sequence[str], core: Sequence[str], lexicon: Lexicon) -> Order | None:
    """What a text asks that says nothing else."""
    said = (" ".join(parts), " ".join(core))
    for sense, order in _ASIDES.items():
        if not lexicon.of(sense).keys().isdisjoint(said):
            return order
    if (repeated := _only(core, _ASIDES, lexicon)) is not None:
        return repeated
    told = lexicon.templates.told(core, words)
    return Order(told) if told in _ASIDES_TOLD else None


def _tells_of_pay(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether words name pay, be it inside a verb of a script without blanks."""
    if any(named and lexicon.topics[part] == "pay" for part, named in lexicon.cut_by_topics(words)):
        return True
    glued = [word for word in words if is_unspaced(word) and lexicon.says(word, Sense.ECHO_YES, Sense.ECHO_NO)]
    return any(topic == "pay" and form in word for word in glued for form, topic in lexicon.topics.items())


def _denies(phrase: str, lexicon: Lexicon) -> bool:
    """Whether a word of a phrase is a "not"."""
    return any(lexicon.says(word, Sense.NEGATION, Sense.NO) for word in phrase.split())


def _tells(phrase: str) -> bool:
    """Whether a phrase is long enough to mean this inside other words."""
    return phrase.count(" ") + 1 >= _PHRASE or (is_unspaced(phrase) and len(phrase) >= _SIGNS)
