"""What JSON may hold and no table can: characters that are none, and numbers beyond every measure."""

from collections.abc import Mapping
from math import isfinite
from typing import Final, cast

from app.domain.errors import Fault, InvalidError

_LARGEST: Final = 2**63 - 1
_DEEPEST: Final = 100
"""So deep may things stand in each other; HSDS needs a dozen."""
_UNKEPT = "held what no table can keep, and was kept without it"


def storable(value: object, faults: list[Fault], place: str = "", deep: int = 0) -> object:
    """The same value without NUL and half characters in its texts, and without numbers that are none or beyond 64 bits.

    Args:
        value: decoded JSON.
        faults: where each such place is told.
        place: where the value stands.
        deep: in how many others.

    Raises:
        InvalidError: things stand in each other without end.
    """
    if deep > _DEEPEST:
        raise InvalidError("Things stand in each other deeper than any registry needs.")
    if isinstance(value, str):
        kept = _plain(value)
    elif isinstance(value, Mapping):
        told = cast("Mapping[str, object]", value)
        return {
            _plain(name): storable(item, faults, f"{place}.{name}" if place else name, deep + 1)
            for name, item in told.items()
        }
    elif isinstance(value, list):
        return [
            storable(item, faults, f"{place}[{at}]", deep + 1) for at, item in enumerate(cast("list[object]", value))
        ]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kept = value if isfinite(value) and abs(value) <= _LARGEST else None
    else:
        return value
    if kept != value:
        faults.append(Fault(_plain(place), _UNKEPT, "warning"))
    return kept


def _plain(text: str) -> str:
    return text.replace("\0", "").encode(errors="ignore").decode()
