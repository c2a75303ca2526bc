"""Commands with words that may be exchanged: "dont/do not" "text/msg" "me" "again/any more"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

_LONGEST = 80  # signs
_START = 2  # signs tell most texts that fit none


class Templates:
    """What a whole text says, by templates that know neither blanks nor apostrophes; two of a kind may stand in a row."""

    def __init__(self, said: Mapping[str, Sequence[Sequence[Sequence[str]]]]) -> None:
        """Of what is said → its templates: places one behind the other, each with the folded words that may stand there."""
        self._says = tuple(said)
        self._sources = ["|".join("".join(map(_place, places)) for places in templates) for templates in said.values()]
        self._starts = frozenset(
            start for templates in said.values() for places in templates for start in _starts(places)
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"((?:{source}){{1,2}})" for source in self._sources))

    def told(self, *texts: Sequence[str]) -> str:
        """What the first of the texts, given by their words, says that fits a template; "" where none does."""
        for run in dict.fromkeys(run_of("".join(words)) for words in texts):
            if run[:_START] in self._starts and len(run) <= _LONGEST and (found := self._pattern.fullmatch(run)):
                return self._says[(found.lastindex or 1) - 1]
        return ""


def run_of(text: str) -> str:
    """A folded text without blanks and apostrophes."""
    return text.replace(" ", "").replace("'", "")


def _place(words: Sequence[str]) -> str:
    ways = "|".join(map(re.escape, words))
    return f"(?:{ways})" if len(words) > 1 else ways


def _starts(places: Sequence[Sequence[str]]) -> Iterator[str]:
    """How the texts may begin that fit a template."""
    for way in places[0]:
        if len(way) >= _START or not places[1:]:
            yield way[:_START]
        else:
            yield from ((way + rest)[:_START] for rest in _starts(places[1:]))
