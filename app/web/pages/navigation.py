"""Where the head of a page leads, by role."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.roles import FOCAL_POINT, Door, refusal
from app.store.keys import Caller
from app.web.pages.languages import gettext, marked, visit


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that its roles find in the head of every page; `here` is whether it, or one below it, is looked at."""

    path: str
    label: str
    roles: tuple[str, ...]
    grade: str = ""
    scope: str = ""

    @property
    def here(self) -> bool:
        """Whether the page at hand is this one or below it."""
        path = visit().path
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))

    @property
    def told(self) -> str:
        """Its name, in the language at hand."""
        return gettext(self.label)


ENTRIES: Sequence[Entry] = (
    Entry("/overview", marked("Overview"), ("ngo", "brand")),
    Entry("/surveys", marked("Surveys"), ("ngo",)),
    Entry("/rounds", marked("Rounds"), ("ngo", "brand")),
    Entry("/compare", marked("Compare"), ("ngo", "brand")),
    Entry("/actions", marked("You said, we did"), ("ngo", "brand")),
    Entry("/loop", marked("Needs met"), ("ngo", "brand")),
    Entry("/people", marked("People"), ("ngo",)),
    Entry("/needs", marked("Needs"), ("ngo",)),
    Entry("/cases", marked("Cases"), ("ngo",), scope=FOCAL_POINT),
    Entry("/registry", marked("Registry"), ("ngo",)),
    Entry("/", marked("Operation"), ("operator",)),
    Entry("/desk", marked("Desk"), ("provider",)),
    Entry("/accounts", marked("Access"), ("operator", "ngo"), grade="admin"),
    Entry("/audit", marked("Audit trail"), ("operator", "ngo"), grade="admin"),
)
PHONES = Entry("/simulator", marked("Phones"), ("ngo",))


def entries(caller: Caller, *, phones: bool) -> list[Entry]:
    """What this caller finds there, in order.

    Args:
        caller: whose role decides.
        phones: whether this process has simulated phones to show.
    """
    every = (*ENTRIES, PHONES) if phones else ENTRIES
    return [
        entry
        for entry in every
        if not refusal(caller.standing, Door(entry.roles, entry.scope, entry.grade), changes=False)
    ]
