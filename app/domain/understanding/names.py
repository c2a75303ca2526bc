"""What languages are called, in all of them."""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.understanding.phrases import Phrases


class Name(NamedTuple):
    """What a language is called.

    Attributes:
        alone: said alone it asks for the language; a country, a people or a code does so behind "lang" only.
        not_in: the languages in which it is another word: "hindi" is no in Filipino.
    """

    language: str
    alone: bool = True
    not_in: frozenset[str] = frozenset()


class Names(Phrases[Name]):
    """Folded name → the language it stands for."""

    __slots__ = ("_called",)

    def __init__(self, names: Mapping[str, Name], called: Mapping[str, str]) -> None:
        """Knows `names`; `called` is what each language calls itself, as it is written there."""
        super().__init__(names)
        self._called = called

    def called(self, language: str) -> str:
        """What a language calls itself; its code where nobody told."""
        return self._called.get(language, language)
