"""How a command runs, and how it speaks to the person at the terminal."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from app.domain.errors import InvalidError
from app.main import database_url, wire
from app.settings import Settings

out = Console()
err = Console(stderr=True)

_TERMINATED = 128 + signal.SIGTERM
_MOST_SHOWN = 20

Programme = Annotated[str, typer.Option(help="The programme's code.")]
Language = Annotated[str, typer.Option(help="BCP 47 code, such as bn.")]


def end_when_told() -> None:
    """Asked to end, a command lets go of what it holds: an embedded server would else outlive it."""
    signal.signal(signal.SIGTERM, _terminated)


def _terminated(_number: int, _frame: object) -> None:
    sys.exit(_TERMINATED)


def run_to_end(work_to_do: Coroutine[Any, Any, Any]) -> Any:
    """Run on a loop of its own, until done or asked to end."""

    async def guarded() -> Any:
        task = asyncio.current_task()
        if task is not None:
            # Not an exception out of a signal: a callback of a library could swallow that.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work_to_do

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        sys.exit(_TERMINATED)
    finally:
        end_when_told()  # the loop took its handler along


def complain(message: str, faults: Any = ()) -> None:
    """Say what is wrong, and each fault at its place, as far as one reads."""
    err.print(f"[bold red]✗[/] {message}", highlight=False)
    for fault in list(faults)[:_MOST_SHOWN]:
        err.print(f"  [bold]{fault.place}[/]: {fault.message}", highlight=False)
    if len(faults) > _MOST_SHOWN:
        err.print(f"  … and {len(faults) - _MOST_SHOWN} more")


def id_of(text: str) -> UUID:
    """An organization's id as it was typed; InvalidError where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidError(f"{text!r} is no id; an organization's is a UUID.") from None


def with_wiring(step: Any) -> Any:
    """Run one step with everything wired, and let go of it all."""
    settings = Settings()

    async def run(url: str) -> Any:
        async with wire(settings, url) as wired:
            return await step(wired)

    with database_url(settings) as url:
        return run_to_end(run(url))
