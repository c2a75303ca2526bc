"""A table of phrases, indexed by their first words so that a text is searched in one pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

V = TypeVar("V")


class Phrases(Mapping[str, V], Generic[V]):
    """Phrase → value. A phrase is one or more words with single blanks between."""

    __slots__ = ("_forms", "_lengths", "_words")

    def __init__(self, forms: Mapping[str, V]) -> None:
        self._forms = forms
        lengths: dict[str, int] = {}
        for form in forms:
            first, _, rest = form.partition(" ")
            size = rest.count(" ") + 2 if rest else 1
            if size > lengths.get(first, 0):
                lengths[first] = size
        self._lengths = lengths
        self._words: frozenset[str] | None = None

    def __getitem__(self, form: str) -> V:
        return self._forms[form]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __contains__(self, form: object) -> bool:
        return form in self._forms

    def get(self, form: str, default: V | None = None) -> V | None:  # type: ignore[override]
        """The value of a phrase."""
        return self._forms.get(form, default)

    def begin(self, words: Iterable[str]) -> bool:
        """Whether any of the words begins a phrase; where none does, none stands among them."""
        return not self._lengths.keys().isdisjoint(words)

    @property
    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        if self._words is None:
            self._words = frozenset(word for form in self._forms for word in form.split(" "))
        return self._words

    def cut(self, words: Sequence[str]) -> list[tuple[str, bool]]:
        """The words in order, those that make a phrase joined, the longest first; and whether they make one."""
        lengths, forms = self._lengths, self._forms
        parts: list[tuple[str, bool]] = []
        at, end = 0, len(words)
        while at < end:
            phrase = word = words[at]
            longest = lengths.get(word, 0)
            size = min(longest, end - at)
            while size > 1 and (phrase := " ".join(words[at : at + size])) not in forms:
                size -= 1
            # A word that begins no longer form is one, or begins none at all.
            parts.append((phrase, True) if size > 1 else (word, longest > 0 and (longest == 1 or word in forms)))
            at += max(size, 1)
        return parts

    def starting(self, words: Sequence[str], at: int) -> Iterator[tuple[str, int]]:
        """The phrases that begin at a place, the longest first, each with its number of words."""
        longest = self._lengths.get(words[at])
        if longest is None:
            return
        for size in range(min(longest, len(words) - at), 0, -1):
            phrase = words[at] if size == 1 else " ".join(words[at : at + size])
            if phrase in self._forms:
                yield phrase, size

    def within(self, words: Sequence[str]) -> dict[str, V]:
        """The phrases that stand among the words, but for those inside a longer one: "not safe", and no "safe"."""
        found: dict[str, V] = {}
        lengths, forms = self._lengths, self._forms
        reach = 0  # where the phrases found so far end
        for at, word in enumerate(words):
            size = min(lengths.get(word, 0), len(words) - at)
            while at + size > reach:
                phrase = " ".join(words[at : at + size])
                if phrase in forms:
                    found[phrase] = forms[phrase]
                    reach = at + size
                size -= 1
        if len(found) > 1:
            inside = [form for form in found if any(form != other and f" {form} " in f" {other} " for other in found)]
            for form in inside:
                del found[form]
        return found
