"""`shiftline keys create`: the first way in for programs, and a programme's beginning."""

import re
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.terminal import err, id_of, with_wiring
from app.domain.errors import DomainError, InvalidError
from app.jobs.writing import load_bundled
from app.store.keys import FOCAL_POINT, create_key
from app.store.programmes import brand_by_code, programme_by_code, save_channel, save_programme
from app.store.registry import get_organization
from app.web.wiring import Wiring


def keys_create(
    role: Annotated[str, typer.Option(help="operator, ngo, brand or provider")],
    programme: Annotated[str, typer.Option(help="The programme's code; made if it does not exist yet.")] = "",
    label: Annotated[str, typer.Option(help="Whose key it is.")] = "made on the command line",
    brand: Annotated[str, typer.Option(help="For a brand's key: its code.")] = "",
    organization: Annotated[str, typer.Option(help="For a provider's key: its HSDS id.")] = "",
    focal_point: Annotated[
        bool, typer.Option(help="For an NGO's key: its holder is trained for sensitive cases.")
    ] = False,
) -> None:
    """Make a key and print it, this once. An NGO's first key makes its programme, with a sender on the simulator."""
    if role not in {"operator", "ngo", "brand", "provider"}:
        raise InvalidError(f"{role!r} is no role; use operator, ngo, brand or provider.")
    if (role == "operator") == bool(programme):
        raise InvalidError("An operator's key takes no --programme; every other key needs one.")
    if focal_point and role != "ngo":
        raise InvalidError("A focal point is of the NGO: use --focal-point with --role ngo.")
    if (role == "brand") != bool(brand) or (role == "provider") != bool(organization):
        raise InvalidError("A brand's key needs --brand, a provider's --organization, and no other takes them.")

    async def step(wired: Wiring) -> str:
        now = wired.clock()
        async with wired.context.database.transaction() as store:
            if role == "operator":
                return await create_key(store, role, label, now)
            owner = await _programme(store, programme, now, may_make=role == "ngo")
            found = await brand_by_code(store, owner, brand) if brand else None
            served = (await get_organization(store, owner, id_of(organization)))["id"] if organization else None
            secret = await create_key(
                store,
                role,
                label,
                now,
                programme=owner,
                brand=found,
                organization=served,
                scopes=[FOCAL_POINT] if focal_point else [],
            )
        if role == "ngo":
            await load_bundled(wired.context, owner, now)
        return secret

    print(with_wiring(step))


async def _programme(store: Any, code: str, now: datetime, *, may_make: bool) -> Any:
    try:
        return (await programme_by_code(store, code)).id
    except DomainError:
        if not may_make:
            raise
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", code):
        raise InvalidError(f"{code!r} is no programme's code: use small letters, digits, - and _, at most 40.")
    made = await save_programme(store, code, code, code, 10, now)
    digits = int.from_bytes(made.id.bytes[-3:], "big") % 10_000
    await save_channel(store, made.id, "simulator", f"+1500555{digits:04d}", now)
    err.print(f"Made the programme {code!r} with a sender on the simulator.")
    return made.id
