"""Where people are put: what an inviter asks for by codes, and another role for who is there already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ConflictError, Fault, ForbiddenError, InvalidError, NotFoundError
from app.domain.roles import BRAND, NGO, OPERATOR, PROVIDER, Standing, malformed, may_give
from app.jobs.context import Context
from app.store.accounts import get_account, join, places_of
from app.store.database import Store
from app.store.keys import Caller
from app.store.links import Place
from app.store.programmes import brand_by_code, programme_by_code
from app.store.registry import get_organization


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role as somebody asks for it, by codes; what does not belong to the role is passed over."""

    role: str
    grade: str = ""
    scopes: Collection[str] = ()
    programme: str = ""
    brand: str = ""
    organization: UUID | None = None


async def place_for(store: Store, giver: Caller, wanted: Wanted) -> Place:
    """The place that is asked for: in the giver's programme, or for an operator's giver in the one that is named.

    Raises:
        NotFoundError: there is no such programme, brand or organization.
    """
    role, programme = wanted.role, giver.programme
    if giver.role == OPERATOR and role != OPERATOR:
        programme = (await programme_by_code(store, wanted.programme)).id
    brand = (
        await brand_by_code(store, programme, wanted.brand) if role == BRAND and programme and wanted.brand else None
    )
    organization = wanted.organization if role == PROVIDER else None
    if programme is not None and organization is not None:
        await get_organization(store, programme, organization)
    of_ngo = role == NGO
    standing = Standing(role, wanted.grade if of_ngo else "", frozenset(wanted.scopes if of_ngo else ()))
    return Place(standing, programme, brand, organization)


def refuse_place(giver: Standing, place: Place) -> None:
    """Refuse a place that does not hold together, or that is not the giver's to give.

    Raises:
        InvalidError: role, grade, scopes and what they belong to do not fit.
        ForbiddenError: the giver may not give this.
    """
    fault = malformed(
        place.standing,
        programme=place.programme is not None,
        brand=place.brand is not None,
        organization=place.organization is not None,
    )
    if fault:
        raise InvalidError(fault, [Fault("role", fault)])
    if refused := may_give(giver, place.standing):
        raise ForbiddenError(refused)


async def move(context: Context, giver: Caller, account: UUID, wanted: Wanted, now: datetime) -> None:
    """Give somebody of the programme another role there, for an operator's giver among the operators; they sign in anew.

    Raises:
        ConflictError: nobody raises or lowers themselves.
        NotFoundError: the account has no place there.
        ForbiddenError: the giver may not give what it is to be, or may not take what it is.
    """
    if account == giver.account:
        raise ConflictError("Nobody changes their own role; ask another administrator.")
    async with context.database.transaction() as store:
        place = await place_for(store, giver, wanted)
        refuse_place(giver.standing, place)
        held = [one for one in await places_of(store, account) if one["programme"] == place.programme]
        if not held:
            raise NotFoundError("There is no such account.")
        if refused := may_give(
            giver.standing, Standing(held[0]["role"], held[0]["grade"], frozenset(held[0]["scopes"]))
        ):
            raise ForbiddenError(refused)
        await join(store, account, (await get_account(store, context.vault, account)).name, place, now)
