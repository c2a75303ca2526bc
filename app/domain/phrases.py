"""Sentences with values in them, which remember both: so that a page can say them in another language."""

from collections.abc import Mapping
from typing import cast


class Phrase(str):
    """An English sentence, and what it was made of."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]


def phrase(template: str, **values: object) -> Phrase:
    """A sentence out of a template, whose places are named in braces as `str.format` takes them.

    A tuple of codes is said one after the other, so that each can be said in another language.
    """
    made = Phrase(template.format(**{name: listed(value) for name, value in values.items()}))
    made.template, made.values = template, values
    return made


def listed(value: object) -> object:
    """`a, b` for a tuple of codes; anything else as it is."""
    return ", ".join(str(item) for item in cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
