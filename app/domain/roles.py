"""Who may do what: one table of positions, and the rule by which a route lets a caller in."""

from collections.abc import Collection
from dataclasses import dataclass

from app.domain.phrases import phrase

OPERATOR, NGO, BRAND, PROVIDER = "operator", "ngo", "brand", "provider"
ROLES = (OPERATOR, NGO, BRAND, PROVIDER)

READER, EDITOR, ADMIN = "reader", "editor", "admin"
GRADES = (READER, EDITOR, ADMIN)
"""How much of its programme somebody of an NGO may change, from the least."""

FOCAL_POINT = "focal-point"
"""The scope of a person trained for sensitive cases: of an NGO's people, those with it alone see them."""

RESPONDENTS = "respondents"
"""The scope of whoever may take a closed round's respondents away one by one, pseudonymous, for the NGO's own analysis."""

SCOPES = (FOCAL_POINT, RESPONDENTS)

SECOND_FACTOR = frozenset({OPERATOR, NGO})
"""Whose accounts need a code beside the password: they reach what could harm a worker."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller is: its role and, of an NGO, its grade and scopes."""

    role: str
    grade: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Position:
    """A row of the table: somebody there may be, and what they may do, in a sentence for the documentation."""

    name: str
    standing: Standing
    may: str


POSITIONS = (
    Position("operator", Standing(OPERATOR), "keep the service up, give access; no survey, figure, worker"),
    Position("NGO, administrator", Standing(NGO, ADMIN), "all an editor may; who has access to the programme, and its trail"),
    Position("NGO, editor", Standing(NGO, EDITOR), "see and change the programme; no phone number, no sensitive case"),
    Position("NGO, reader", Standing(NGO, READER), "see what an editor sees, and export figures; change nothing"),
    Position(
        "NGO, analyst", Standing(NGO, READER, frozenset({RESPONDENTS})),
        "with the scope `respondents`, beside any grade: take a closed round's respondents away one by one",
    ),
    Position(
        "NGO, focal point", Standing(NGO, EDITOR, frozenset({FOCAL_POINT})),
        "with the scope `focal-point`, beside any grade: see sensitive cases and whom to call",
    ),
    Position("brand", Standing(BRAND), "see and export the published figures of the sites it buys from"),
    Position("provider", Standing(PROVIDER), "answer referrals to its own services; the contact, from its acceptance to the end"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a route lets in.

    Attributes:
        roles: any of these.
        scope: those alone who carry it; whatever their grade, for it is given for this.
        grade: of an NGO's people, this one or a higher; where none is said, a reader for reading and an editor for changes.
    """

    roles: tuple[str, ...]
    scope: str = ""
    grade: str = ""


def refusal(standing: Standing, door: Door, *, changes: bool) -> str:
    """Why a caller is not let in; empty where they are.

    Args:
        standing: what the caller is.
        door: whom the route lets in.
        changes: whether the request may change something.
    """
    if standing.role not in door.roles:
        return phrase("The role {role} may not do this; it takes: {roles}.", role=standing.role, roles=door.roles)
    if door.scope:
        return "" if door.scope in standing.scopes else phrase("This needs the scope {scope!r}.", scope=door.scope)
    least = door.grade or (EDITOR if changes else READER)
    # Who has no grade has the least.
    if standing.role == NGO and GRADES.index(standing.grade or READER) < GRADES.index(least):
        return phrase("This takes an NGO's {grade}.", grade=least)
    return ""


def may_give(giver: Standing, given: Standing) -> str:
    """Why somebody may not let another in as this, or let them in again; empty where they may.

    Nobody gives what they do not carry; an operator gives the first of each.
    """
    if giver.role == OPERATOR:
        return ""
    if giver.role != NGO or giver.grade != ADMIN:
        return phrase("Only an administrator of the NGO gives access.")
    if given.role == OPERATOR:
        return phrase("An NGO gives access to its own programme alone.")
    if given.scopes - giver.scopes:
        return phrase("Nobody gives a scope they do not carry; an operator gives the first of each.")
    return ""


def malformed(standing: Standing, *, programme: bool, brand: bool, organization: bool) -> str:
    """What does not fit together in a role, its grade and scopes, and what it belongs to; empty where all does."""
    if standing.role not in ROLES:
        return phrase("{role!r} is no role; there are: {roles}.", role=standing.role, roles=ROLES)
    if (standing.role == OPERATOR) == programme:
        return phrase("An operator belongs to no programme; everybody else to one.")
    if (standing.role == BRAND) != brand or (standing.role == PROVIDER) != organization:
        return phrase("A brand's person names its brand, a provider's its organization, and no other does.")
    return _unfit(standing.role, standing.grade, standing.scopes)


def _unfit(role: str, grade: str, scopes: Collection[str]) -> str:
    if (role == NGO) != (grade in GRADES):
        return phrase("An NGO's people have one of the grades {grades}, and no others have any.", grades=GRADES)
    if scopes and (role != NGO or not set(scopes) <= set(SCOPES)):
        return phrase("The scopes {scopes} are of an NGO's people.", scopes=SCOPES)
    return ""
