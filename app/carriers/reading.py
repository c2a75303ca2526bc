"""A webhook's fields, from a form or from JSON: whatever is wrong with them is an InvalidError, and never repeated."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import structlog

from app.domain.errors import InvalidError

log = structlog.get_logger()

MOST_FIELDS = 200

Item = TypeVar("Item")
Read = TypeVar("Read")


def form(encoded: str | bytes) -> dict[str, str]:
    """The fields of a form or a query; of one that comes twice, the last."""
    try:
        text = encoded.decode() if isinstance(encoded, bytes) else encoded
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError:
        raise InvalidError("The webhook's form cannot be read.") from None


def json_object(body: bytes) -> Mapping[str, Any]:
    """The one JSON object in a body."""
    try:
        return as_object(json.loads(body))
    except (ValueError, RecursionError):
        raise InvalidError("The webhook holds no JSON object.") from None


def as_object(value: Any) -> Mapping[str, Any]:
    """A value that must be a JSON object."""
    if not isinstance(value, dict):
        raise InvalidError("The webhook holds no JSON object where one belongs.")
    return cast("dict[str, Any]", value)


def objects(fields: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """A list of JSON objects."""
    value = fields.get(name)
    if not isinstance(value, list):
        raise InvalidError(f"{name} is no list.")
    return [as_object(item) for item in cast("list[Any]", value)]


def readable(items: Sequence[Item], read: Callable[[Item], Read]) -> list[Read]:
    """What can be read of several that came in one webhook: a malformed one does not refuse its neighbours.

    Raises:
        InvalidError: there are some, and none can be read; the first's.
    """
    found, faults = list[Read](), list[InvalidError]()
    for item in items:
        try:
            found.append(read(item))
        except InvalidError as fault:
            faults.append(fault)
    if faults and not found:
        raise faults[0]
    if faults:
        log.warning("webhook-in-part-unreadable", unreadable=len(faults), read=len(found))
    return found


def needed(fields: Mapping[str, Any], name: str) -> str:
    """A text that must be there and say something; a number is taken for its digits."""
    value = optional(fields, name).strip()
    if not value:
        raise InvalidError(f"{name} is missing from the webhook.")
    return value


def optional(fields: Mapping[str, Any], name: str) -> str:
    """A text that may be missing or null, and is empty then."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError(f"{name} is no text.")
    return cleaned(str(value))


def moment(written: str) -> datetime | None:
    """An instant in ISO 8601, in UTC; None where it is none, or has no zone."""
    try:
        instant = datetime.fromisoformat(written)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def cleaned(text: str) -> str:
    """The text without what no database can keep: NUL, and halves of surrogate pairs, which JSON may spell."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
