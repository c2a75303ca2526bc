"""What the entry point hands to the web: the context, the clock, the limits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request

from app.carriers.fetching import Fetcher
from app.carriers.mail import Mailer
from app.carriers.openid import OpenId
from app.carriers.simulator import Simulator
from app.jobs.context import Context
from app.jobs.keeper import Keeper
from app.jobs.passwords import Passwords
from app.jobs.watching import Watch


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything a request may need.

    Attributes:
        context: the store, the vault, the carriers, the words.
        keeper: where verified webhooks go.
        clock: the entry point's.
        upcoming: the next times of a cron line in a zone after a moment; InvalidError for a malformed line.
        max_body_bytes: of any body but a roster's.
        max_roster_bytes: of a roster.
        secure_cookies: whether the pages are served by HTTPS.
        watch: this process's part in the watch.
        simulator: None where this process has no phones to show.
        fetcher: reads what other registries publish.
        mailer: sends letters; None where no mail server is set up.
        openid: tells who somebody is; None where no identity provider is set up.
        passwords: hashes them, slowly.
        preparing: what brings the database to this program's tables, where that may come after the start.
    """

    context: Context
    keeper: Keeper
    clock: Callable[[], datetime]
    upcoming: Callable[[str, ZoneInfo, datetime], list[datetime]]
    max_body_bytes: int
    max_roster_bytes: int
    secure_cookies: bool
    watch: Watch
    simulator: Simulator | None = None
    fetcher: Fetcher = field(default_factory=Fetcher)
    mailer: Mailer | None = None
    openid: OpenId | None = None
    passwords: Passwords = field(default_factory=Passwords)
    preparing: asyncio.Task[None] | None = None

    @property
    def prepared(self) -> bool:
        """Whether the database has been reached and has this program's tables."""
        task = self.preparing
        return task is None or (task.done() and not task.cancelled() and task.exception() is None)


def wiring(request: Request) -> Wiring:
    """The wiring of the app a request came to."""
    return request.app.state.wiring
