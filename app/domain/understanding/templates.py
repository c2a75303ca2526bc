"""Commands with words that may be exchanged: "dont/do not" "text/msg" "me" "again/any more"."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

_LONGEST = 80  # signs


class Templates:
    """What a whole text says, by templates that know neither blanks nor apostrophes; two of a kind may stand in a row."""

    def __init__(self, said: Mapping[str, Sequence[Sequence[Sequence[str]]]]) -> None:
        """Of what is said → its templates: places one behind the other, each with the folded words that may stand there."""
        self._sources = {
            says: "|".join("".join(map(_place, places)) for places in templates) for says, templates in said.items()
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"((?:{source}){{1,2}})" for source in self._sources.values()))

    @cached_property
    def _says(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def told(self, *texts: Sequence[str]) -> str:
        """What the first of the texts, given by their words, says that fits a template; "" where none does."""
        for words in texts:
            run = run_of("".join(words))
            found = self._pattern.fullmatch(run) if len(run) <= _LONGEST else None
            if found is not None and found.lastindex is not None:
                return self._says[found.lastindex - 1]
        return ""


def run_of(text: str) -> str:
    """A folded text without blanks and apostrophes."""
    return text.replace(" ", "").replace("'", "")


def _place(words: Sequence[str]) -> str:
    ways = "|".join(map(re.escape, words))
    return f"(?:{ways})" if len(words) > 1 else ways
