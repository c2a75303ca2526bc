"""How a need went, in neutral words: nothing that anybody wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.store.cases import Event
from app.web.pages.languages import gettext, marked

_WHAT: Mapping[str, str] = {
    "raised-answer": marked("It came up in an answer."),
    "raised-words": marked("The worker wrote of it."),
    "call-asked": marked("The worker was asked whether a call is safe."),
    "offered": marked("The worker was asked whether %(service)s may be told."),
    "agreed": marked("The worker agreed that %(service)s may be told."),
    "requested": marked("%(service)s was asked."),
    "accepted": marked("%(service)s accepted."),
    "rejected": marked("%(service)s declined."),
    "in-progress": marked("%(service)s began."),
    "on-hold": marked("%(service)s put it on hold."),
    "completed": marked("%(service)s is done."),
    "failed": marked("%(service)s could not help."),
    "cancelled": marked("The request to %(service)s ended."),
    "entered-in-error": marked("The request to %(service)s was made in error."),
    "taken-up": marked("A focal point took it up."),
    "joined": marked("Joined with another need."),
    "closed": marked("Closed."),
    "declined": marked("The worker wanted no help with it."),
    "unmatched": marked("No service fits."),
    "person": marked("Handed to a person."),
}
_WHY: Mapping[str, str] = {
    "no-answer": marked("the service let its deadline pass"),
    "service-gone": marked("the service closed down"),
    "transferred": marked("the worker agreed to another service instead"),
    "withdrawn": marked("the worker ended it by text"),
    "stopped": marked("the worker wants no more texts"),
    "erased": marked("the worker’s data were erased"),
    "joined": marked("it was the same as another one"),
    "not-helped": marked("the worker said that it did not help"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words, and why, where that is known."""

    at: datetime
    what: str
    why: str


def told_events(events: Sequence[Event]) -> Sequence[Told]:
    """Events in the language at hand."""
    return [
        Told(
            event.at,
            gettext(_WHAT.get(event.what, event.what)) % {"service": event.service},
            gettext(_WHY[event.cause]) if event.cause in _WHY else "",
        )
        for event in events
    ]
