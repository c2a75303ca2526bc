"""What is wrong with a form that was sent, brought to its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from app.domain.errors import DomainError, Fault, InvalidError


def faults_in(refused: DomainError, ids: Mapping[str, str] | None = None) -> Sequence[Fault]:
    """Every fault of a refusal, at the id of its field; the refusal itself where it names none.

    Args:
        refused: what the form was answered with.
        ids: a place as the rule calls it → the id of its field, where the two differ.
    """
    fields = ids or {}
    # Other refusals than of a form's own fields name what a program would send: told where this form has a field for it.
    named = [fault for fault in refused.faults if isinstance(refused, InvalidError) or fault.place in fields]
    if not named:
        return [Fault("", refused.message)]
    return [replace(fault, place=fields.get(fault.place, fault.place)) for fault in named]


def unfit(refused: ValidationError, takes: Mapping[str, str]) -> list[Fault]:
    """A fault for each field that does not fit: what it `takes`, by its name."""
    return [Fault(name, takes[name]) for name in dict.fromkeys(str(one["loc"][0]) for one in refused.errors())]
