"""What a text says that answers nothing, by its words together in whatever order: "msg mat karo ab", "ab msg na bhejein".

A table gives words their kinds ("msg" is a text, "mat" a not), and rules tell which kinds say a thing together.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.domain.understanding.phrases import Phrases
from app.domain.understanding.variants import Variants, key_of

NUMERAL, STRANGER, IDLE = "number", "stranger", "idle"
"""The kinds of a number in digits, of a word that no table knows (a name), and of one that says nothing."""
_NOTHING = frozenset({IDLE})
_NOT = "not"
_SHORT = 3  # letters
_NONE = frozenset[str]()
_FEWEST, _MOST = 2, 14  # words


class Rule(NamedTuple):
    """What words of all the `needed` kinds say, where each word of the text is of an `allowed` one."""

    says: str
    needed: frozenset[str]
    allowed: frozenset[str]


class Gists:
    """The kinds of words, and the rules, the first of which that fits tells."""

    def __init__(self, kinds: Mapping[str, frozenset[str]], rules: Sequence[Rule]) -> None:
        """Of forms with their kinds, and rules."""
        by_sound: dict[str, frozenset[str]] = {}
        for form, own in kinds.items():
            sound = _sound(form)
            by_sound[sound] = by_sound.get(sound, _NONE) | own
        shared = {found: found for found in by_sound.values()}  # most are alike, and sets weigh more than words
        self._kinds = Phrases({form: shared[by_sound[_sound(form)]] for form in kinds})
        self._rules = tuple(rules)
        self._variants = Variants(Counter(word for form in kinds for word in form.split(" ")), {})

    def told(self, words: Sequence[str], idle: Callable[[str], bool], known: Callable[[str], bool]) -> str:
        """What a text of these words says, by the first rule that fits it; "" where none does.

        `idle` tells the words that say nothing by themselves, `known` those that the other tables hold.
        """
        if not _FEWEST <= len(words) <= _MOST:
            return ""
        found: list[frozenset[str]] = []
        for part, told in self._kinds.cut([self._written_out(word, idle) for word in words]):
            kinds = self._kinds[part] if told else _of_a_stranger(part, known)
            if idle(part):
                kinds |= _NOTHING
            if not kinds:
                return ""
            found.append(kinds)
        if sum(_NOT in kinds for kinds in found) > 1:
            return ""  # "no, we do not know of it" may be a no
        said = _NONE.union(*found)
        for rule in self._rules:
            if rule.needed <= said and all(kinds & rule.allowed for kinds in found):
                return rule.says
        return ""

    def _written_out(self, word: str, idle: Callable[[str], bool]) -> str:
        return (None if idle(word) else self._variants.of(word)) or word


def _sound(form: str) -> str:
    """What a form sounds like; a short one is only itself."""
    return key_of(form) if len(form) > _SHORT else form


def _of_a_stranger(word: str, known: Callable[[str], bool]) -> frozenset[str]:
    """The kind of a word that has none in the table."""
    if word.isdecimal():
        return frozenset({NUMERAL})
    return frozenset({STRANGER}) if word.isalpha() and not known(word) else _NONE
