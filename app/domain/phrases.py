"""Sentences with values in them, which remember both: so that a page can say them in another language."""

from collections.abc import Mapping


class Phrase(str):
    """An English sentence, and what it was made of."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]


def phrase(template: str, **values: object) -> Phrase:
    """A sentence out of a template, whose places are named in braces as `str.format` takes them."""
    made = Phrase(template.format(**values))
    made.template, made.values = template, values
    return made
