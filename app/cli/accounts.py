"""`shiftline account …`: the first people are let in from the command line, and locked out from it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.terminal import id_of, out
from app.domain.errors import NotFoundError
from app.domain.roles import ADMIN, NGO, OPERATOR, Standing
from app.jobs.accounts import OPERATOR_STANDING, Guest, invite, lock, reset
from app.store.accounts import Account, account_by_email, people
from app.store.links import Place
from app.store.programmes import brand_by_code, programme_by_code
from app.store.registry import get_organization
from app.web.wiring import Wiring

Run = Callable[[Callable[[Wiring], Awaitable[Any]]], Any]
"""Runs one step with everything wired."""

Email = Annotated[str, typer.Argument(help="The e-mail somebody signs in with.")]


def account_commands(run: Run) -> typer.Typer:
    """The commands, run by the command line's own way of wiring."""
    commands = typer.Typer(no_args_is_help=True, help="Accounts of people.")

    @commands.command("create")
    def create(
        email: Email,
        name: Annotated[str, typer.Option(help="Whose account it is.")],
        role: Annotated[str, typer.Option(help="operator, ngo, brand or provider")] = OPERATOR,
        programme: Annotated[str, typer.Option(help="The programme's code.")] = "",
        grade: Annotated[str, typer.Option(help="Of an NGO's people: admin, editor or reader.")] = "",
        scope: Annotated[list[str] | None, typer.Option(help="Of an NGO's people: focal-point, respondents.")] = None,
        brand: Annotated[str, typer.Option(help="Of a brand's people: its code.")] = "",
        organization: Annotated[str, typer.Option(help="Of a service's people: its HSDS id.")] = "",
    ) -> None:
        """Invite somebody, and print the link by which they choose their password."""
        standing = Standing(role, grade or (ADMIN if role == NGO else ""), frozenset(scope or []))

        async def step(wired: Wiring) -> str:
            async with wired.context.database.transaction() as store:
                owner = (await programme_by_code(store, programme)).id if programme else None
                bought = await brand_by_code(store, owner, brand) if owner and brand else None
                served = (
                    (await get_organization(store, owner, id_of(organization)))["id"]
                    if owner and organization
                    else None
                )
            guest = Guest(email, name, Place(standing, owner, bought, served))
            mail = wired.mailer is not None
            path = await invite(wired.context, OPERATOR_STANDING, guest, wired.clock(), mail=mail)
            return f"{wired.context.public_url}{path}"

        print(run(step))

    @commands.command("list")
    def list_all() -> None:
        """Everybody who has an account, and where they belong."""

        async def step(wired: Wiring) -> list[dict[str, Any]]:
            async with wired.context.database.transaction() as store:
                return await people(store, None, everybody=True)

        table = Table("e-mail", "name", "programme", "role", "grade", "scopes", "second factor", "state")
        for one in run(step):
            state = "locked" if one["locked"] else "open"
            code = "yes" if one["second_factor"] else "no"
            scopes = ", ".join(one["scopes"])
            table.add_row(one["email"], one["name"], one["programme"], one["role"], one["grade"], scopes, code, state)
        out.print(table)

    @commands.command("lock")
    def lock_one(
        email: Email, *, again: Annotated[bool, typer.Option("--unlock", help="Let them in again.")] = False
    ) -> None:
        """Lock an account and end its sessions, or let it in again."""

        async def step(wired: Wiring) -> None:
            found = await _account(wired, email)
            await lock(wired.context, found.id, None if again else wired.clock())

        run(step)
        out.print("[green]✓[/] Let in again." if again else "[green]✓[/] Locked; its sessions ended.")

    @commands.command("reset")
    def reset_one(
        email: Email,
        *,
        second_factor: Annotated[bool, typer.Option(help="Take the lost phone's codes away too.")] = False,
    ) -> None:
        """Print a link for a new password."""

        async def step(wired: Wiring) -> str:
            found = await _account(wired, email)
            mail = wired.mailer is not None
            path = await reset(
                wired.context, None, found.id, wired.clock(), second_factor=second_factor, mail=mail
            )  # fmt: skip
            return f"{wired.context.public_url}{path}"

        print(run(step))

    return commands


async def _account(wired: Wiring, email: str) -> Account:
    async with wired.context.database.transaction() as store:
        found = await account_by_email(store, wired.context.vault, email)
    if found is None:
        raise NotFoundError("There is no account with this e-mail.")
    return found
