"""Every kind of carrier by name: what an operator must say of an account, and the road that is made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from app.carriers.africastalking import AfricasTalkingCarrier, AfricasTalkingSettings
from app.carriers.android import AndroidCarrier, AndroidSettings
from app.carriers.generic import GenericCarrier, GenericSettings, parse_definition
from app.carriers.infobip import InfobipCarrier, InfobipSettings
from app.carriers.kannel import KannelCarrier, KannelSettings
from app.carriers.protocol import Carrier
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.carriers.vonage import VonageCarrier, VonageSettings
from app.domain.errors import Fault, InvalidError

GENERIC = "generic"
_OURS = frozenset({"name", "public_url"})
"""What we say ourselves: the road's name, and where we are reached."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Settings as a dataclass, whose fields without a repr are secret, and the carrier they make."""

    settings: type[Any]
    carrier: Callable[[Any], Carrier]

    def fields(self) -> dict[str, Field[Any]]:
        """What an operator may say."""
        return {item.name: item for item in fields(self.settings) if item.name not in _OURS}


KINDS: Mapping[str, _Kind] = {
    "africastalking": _Kind(AfricasTalkingSettings, AfricasTalkingCarrier),
    "android": _Kind(AndroidSettings, AndroidCarrier),
    GENERIC: _Kind(GenericSettings, GenericCarrier),
    "infobip": _Kind(InfobipSettings, InfobipCarrier),
    "kannel": _Kind(KannelSettings, KannelCarrier),
    "twilio": _Kind(TwilioSettings, TwilioCarrier),
    "vonage": _Kind(VonageSettings, VonageCarrier),
}


def secret_fields(kind: str) -> frozenset[str]:
    """The settings of a kind that are kept sealed and never shown again."""
    return frozenset(name for name, item in _kind(kind).fields().items() if not item.repr)


def open_road(kind: str, name: str, given: Mapping[str, Any], public_url: str) -> Carrier:
    """The carrier of an account.

    Args:
        kind: one of `KINDS`.
        name: the road's, unique here; it stands in the addresses of its webhooks.
        given: the settings, secrets among them, by the names of the kind's fields; of the generic kind `definition`
            and `secrets`.
        public_url: where vendors reach us, without the path.

    Raises:
        InvalidError: with every setting that is unknown, missing or unfit; no message repeats a value.
    """
    found = _kind(kind)
    allowed = found.fields()
    faults = [
        Fault(key, f"{kind} has no such setting; it has {', '.join(allowed)}") for key in given.keys() - allowed.keys()
    ]
    if faults:
        raise InvalidError(f"The settings do not fit {kind}.", sorted(faults, key=lambda fault: fault.place))
    if kind == GENERIC:
        return _generic(name, given, public_url)
    ours = {"name": name, "public_url": public_url}
    known = {item.name for item in fields(found.settings)}
    try:
        settings = _adapter(kind).validate_python({**given, **{key: ours[key] for key in ours.keys() & known}})
    except ValidationError as problem:
        raise InvalidError(f"The settings do not fit {kind}.", _faults(problem.errors(include_input=False))) from None
    return found.carrier(settings)


def _kind(kind: str) -> _Kind:
    found = KINDS.get(kind)
    if found is None:
        raise InvalidError(f"There is no kind of carrier {kind!r}; there are: {', '.join(sorted(KINDS))}.")
    return found


def _generic(name: str, given: Mapping[str, Any], public_url: str) -> Carrier:
    document, secrets = given.get("definition"), given.get("secrets") or {}
    if not isinstance(document, Mapping):
        raise InvalidError("A generic carrier needs its `definition`; docs/carriers.md shows one.")
    if not isinstance(secrets, Mapping) or not all(
        isinstance(value, str) for value in cast("Mapping[str, Any]", secrets).values()
    ):
        raise InvalidError("`secrets` holds each secret's name with its value, as text.")
    definition = parse_definition({**cast("Mapping[str, Any]", document), "name": name})
    return GenericCarrier(GenericSettings(definition, cast("Mapping[str, str]", secrets), public_url))


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_kind(kind).settings)


def _faults(errors: Sequence[Any]) -> list[Fault]:
    return [Fault(".".join(map(str, error["loc"])) or "settings", error["msg"]) for error in errors]
