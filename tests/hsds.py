"""Documents of HSDS for tests: one with everything the standard has, and what a document means."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.catalogue.hsds import load_shape
from app.domain.registry.shape import LIST, Kind

SHAPE = load_shape()
_SOME_ID = str(uuid5(NAMESPACE_URL, "some"))
_SAMPLES = {"uuid": _SOME_ID, "email": "a@example.org", "uri": "https://example.org/x", "date": "2026-11-24",
            "time": "09:00", "date-time": "2026-11-24T09:00:00Z"}  # fmt: skip


def whole(kind: Kind, path: str = "", within: str = "") -> dict[str, Any]:
    """An object of a kind with every field the standard has, and one of each thing it may hold."""
    path = f"{path}/{kind.name}"
    made: dict[str, Any] = {"id": str(uuid5(NAMESPACE_URL, path))}
    for item in kind.own:
        if item.name != "id" and item.format != "uuid" and item.name not in {"link_entity", "resource_type"}:
            plain = _SAMPLES.get(item.format, f"{item.name} of {path}")
            made[item.name] = (item.values[0] if item.values else plain) if item.type == "text" else 7
    if "number" in made:
        made["number"] = "+8801711000001"
    for item in kind.fields.values():
        if item.holds and item.holds != within and path.count("/") < 7:
            inner = whole(SHAPE[item.holds], f"{path}.{item.name}", kind.name)
            made[item.name] = [inner] if item.type == LIST else inner
    return made


def meant(value: Any) -> Any:
    """A document without the keys that only say again what nesting says."""
    if isinstance(value, dict):
        return {name: meant(inner) for name, inner in sorted(value.items()) if not name.endswith("_id")
                and name not in {"link_entity", "resource_type"}}  # fmt: skip
    if isinstance(value, list):
        return sorted((meant(inner) for inner in value), key=str)
    return value
