"""Workers send a few short texts over and over: what one was taken for is known by heart."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

_SHORT = 16  # signs; what is longer comes once
_MANY = 1 << 13

P = ParamSpec("P")
R = TypeVar("R")

_known: list[Any] = []


def by_heart(read: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """A reading that remembers short texts; it must depend on what it is given alone."""
    known: Any = lru_cache(maxsize=_MANY)(read)
    _known.append(known)

    @wraps(read)
    def remembered(text: str, *rest: P.args, **named: P.kwargs) -> R:
        return (known if len(text) <= _SHORT else read)(text, *rest, **named)

    return remembered


def forget() -> None:
    """Empty every memory of short texts, so that a measurement sees each for the first time."""
    for known in _known:
        known.cache_clear()
