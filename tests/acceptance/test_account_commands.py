"""`shiftline account …`, on a world's database."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.accounts import account_commands
from app.domain.errors import DomainError
from app.jobs.accounts import take_reset, take_up
from app.jobs.signing_in import Given, sign_in
from app.web.wiring import Wiring
from tests.conftest import World
from tests.steps import rows
from tests.web.test_accounts import GOOD, OTHER, QUICK


async def command(world: World, *words: str) -> Result:
    """Run one, whose steps come back to this loop."""
    loop = asyncio.get_running_loop()

    def run(step: Callable[[Wiring], Awaitable[Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(step(world.wiring), loop).result()  # type: ignore[arg-type]

    return await asyncio.to_thread(CliRunner().invoke, account_commands(run), words)


def link(result: Result, kind: str) -> str:
    found = re.search(rf"http://[^\s]+/{kind}/([\w-]+)", result.output)
    assert found, result.output
    return found[1]


async def test_the_first_people_are_invited_listed_locked_and_sent_a_new_password(world: World) -> None:
    made = await command(
        world, "create", "rahima@example.org", "--name", "Rahima", "--role", "ngo", "--programme", "alpha",
        "--scope", "focal-point",
    )  # fmt: skip
    await take_up(world.context, QUICK, link(made, "invitations"), "Rahima", GOOD, world.clock(), "")
    assert await rows(world, "SELECT role, grade, scopes FROM api_key WHERE account_id IS NOT NULL") == [
        ("ngo", "admin", ["focal-point"])
    ]
    listed = (await command(world, "list")).output
    assert "Rahima" in listed
    assert (await command(world, "lock", "rahima@example.org")).exit_code == 0
    assert await rows(world, "SELECT locked_at IS NOT NULL FROM account") == [(True,)]
    assert (await command(world, "lock", "Rahima@example.org", "--unlock")).exit_code == 0
    reset = await command(world, "reset", "rahima@example.org")
    await take_reset(world.context, QUICK, link(reset, "reset"), OTHER, world.clock())
    assert await sign_in(world.context, QUICK, Given("rahima@example.org", OTHER, "", "127.0.0.1"), world.clock())


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("create", "x@example.org", "--name", "X", "--role", "ngo"), id="no programme"),
        pytest.param(("create", "x@example.org", "--name", "X", "--role", "boss"), id="no role"),
        pytest.param(("create", "nowhere", "--name", "X"), id="no e-mail"),
        pytest.param(("lock", "nobody@example.org"), id="nobody"),
    ],
)
async def test_what_does_not_fit_makes_nothing(world: World, words: tuple[str, ...]) -> None:
    result = await command(world, *words)
    assert isinstance(result.exception, DomainError)
    assert await rows(world, "SELECT id FROM account_link") == []
