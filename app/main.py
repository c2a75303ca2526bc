"""Wiring: from settings to a running service. The only place that knows every room."""

import asyncio
import gc
import os
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import structlog

from app.carriers.fetching import Fetcher
from app.carriers.mail import Mailer, MailSettings
from app.carriers.openid import OpenId, OpenIdSettings
from app.carriers.posting import Poster
from app.carriers.protocol import Carrier
from app.carriers.simulator import Simulator
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.domain.errors import InvalidError, UnavailableError
from app.jobs.context import Context
from app.jobs.keeper import Keeper
from app.jobs.roads import Roads
from app.jobs.watching import Watch
from app.settings import Settings
from app.store.database import Database
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.spool import Spool
from app.store.vault import Keyring, Vault, new_key
from app.web.wiring import Wiring
from app.worker import missed_rounds, upcoming

log = structlog.get_logger()

_PREPARED_SECONDS = 3.0
"""How long a process that may start without its database waits for it first."""
_AGAIN_SECONDS = 2.0


def clock() -> datetime:
    """Now. The one clock of the service; everything below is given the time."""
    return datetime.now(UTC)  # noqa: TID251 - an entry point


def log_to(file: TextIO, level: str, *, settled: bool = False) -> None:
    """Log a line of JSON for each event, from a level on; `settled` where nobody asks for another way any more."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=settled,
    )


@contextmanager
def database_url(settings: Settings) -> Generator[str]:
    """The address of PostgreSQL: the given one, or that of the embedded server, which runs as long as this does."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with embedded_server(settings.var / "postgres") as server:
        yield server.url


def keyring(settings: Settings) -> Keyring:
    """The vault's keys: from the environment, or, on the embedded database alone, from a file made on first use.

    Raises:
        InvalidError: a database of one's own needs keys of one's own.
    """
    if settings.vault_keys is not None and settings.vault_index_key is not None:
        return Keyring.parse(settings.vault_keys.get_secret_value(), settings.vault_index_key.get_secret_value())
    if settings.database_url is not None or settings.vault_keys is not None or settings.vault_index_key is not None:
        raise InvalidError(
            "With DATABASE_URL set, the vault needs SHIFTLINE_VAULT_KEYS and SHIFTLINE_VAULT_INDEX_KEY;"
            " `shiftline doctor --new-keys` prints a pair. Keep them apart from the database's backups."
        )
    return _own_keys(settings.var / "vault.keys")


def _own_keys(path: Path) -> Keyring:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(f"1:{new_key()}\n{new_key()}\n")
        try:
            os.link(fresh, path)  # whoever is first wins; nobody reads half a file
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    data, index = path.read_text().split()
    return Keyring.parse(data, index)


def carriers(settings: Settings, simulator: Simulator | None) -> Mapping[str, Carrier]:
    """The roads that are set up: the simulator where this process holds it, Twilio where its account is given."""
    roads: dict[str, Carrier] = {simulator.name: simulator} if simulator is not None else {}
    if settings.twilio_account_sid:
        twilio = TwilioCarrier(
            TwilioSettings(
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token.get_secret_value(),
                public_url=settings.public_url,
                base_url=settings.twilio_api_url,
                messaging_service_sid=settings.twilio_messaging_service_sid,
                timeout=settings.twilio_timeout_seconds,
            )
        )
        roads[twilio.name] = twilio
    return roads


def mailer(settings: Settings) -> Mailer | None:
    """What sends letters; None where no mail server is set up."""
    if settings.smtp_url is None or not settings.smtp_url.get_secret_value().strip():
        return None
    return Mailer(MailSettings.parse(settings.smtp_url.get_secret_value(), settings.mail_from))


def openid(settings: Settings) -> OpenId | None:
    """What asks the identity provider; None where none is set up."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    return OpenId(
        OpenIdSettings(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            redirect_uri=f"{settings.public_url.rstrip('/')}/sign-in/openid/back",
            name=settings.oidc_name,
        )
    )


@asynccontextmanager
async def wire(
    settings: Settings,
    url: str,
    now: Callable[[], datetime] = clock,
    simulator: Simulator | None = None,
    *,
    waits: bool = False,
    kind: str = "both",
) -> AsyncGenerator[Wiring]:
    """Everything connected, migrated and let go of at the end.

    Args:
        settings: from the environment.
        url: of PostgreSQL.
        now: the clock.
        simulator: whose phones are in this process.
        kind: of process: web, work or both.
        waits: where PostgreSQL is away, go on without it and prepare it when it comes: webhooks are spooled until then.

    Raises:
        UnavailableError: PostgreSQL is away, and nobody waits.
    """
    # With another clock than the real one nobody real may be reached: it may be their night.
    folder = settings.spool or settings.var / "spool"
    fixed = carriers(settings, simulator)
    roads = Roads(fixed, settings.public_url, frozen=now is not clock, memory=folder / "roads.sealed")
    database = Database(url, pooled=settings.database_pooled)
    context = Context(
        database, Vault(keyring(settings)), roads, load_catalogue(), settings.public_url, settings.audit_months
    )
    # The words fill the heap and never change; looked through again and again, they would cost every webhook.
    gc.collect()
    gc.freeze()
    spool = Spool(folder, context.vault, settings.spool_max_bytes)
    keeper = Keeper(context, spool)
    poster, fetcher = Poster(private=settings.hooks_private), Fetcher(private=settings.hooks_private)
    watch = Watch(context, keeper, poster, kind, socket.gethostname(), missed_rounds, now())
    preparing: asyncio.Task[None] | None = None
    try:
        # What dead processes left is older than whatever comes now, and so taken over before anything may come.
        await spool.adopt()
        keeper.hold()
        preparing = asyncio.create_task(_prepare(context, roads, keeper, waits=waits))
        done, _ = await asyncio.wait({preparing}, timeout=_PREPARED_SECONDS if waits else None)
        if done:
            preparing.result()
        yield Wiring(
            context=context,
            keeper=keeper,
            clock=now,
            upcoming=upcoming,
            max_body_bytes=settings.max_body_bytes,
            max_roster_bytes=settings.max_roster_bytes,
            secure_cookies=settings.public_url.startswith("https://"),
            watch=watch,
            simulator=simulator,
            fetcher=fetcher,
            mailer=mailer(settings) if now is clock else None,
            openid=openid(settings),
            preparing=preparing,
        )
    finally:
        if preparing is not None:
            preparing.cancel()
            await asyncio.wait({preparing})
        await roads.stop_refreshing()
        await keeper.aclose()
        await poster.aclose()
        await fetcher.aclose()
        await roads.aclose()
        await context.database.aclose()


async def _prepare(context: Context, roads: Roads, keeper: Keeper, *, waits: bool) -> None:
    """Bring the database to this program's tables, read the accounts, and let webhooks into it."""
    while True:
        try:
            await migrate(context.database, shipped("migrations"))
            await roads.refresh(context.database, context.vault)
        except UnavailableError as problem:
            if not waits:
                raise
            log.warning("database-away", code=problem.code, again_in_seconds=_AGAIN_SECONDS)
            if not roads.known:
                roads.recall(context.vault)
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            roads.start_refreshing(context.database, context.vault)
            keeper.start()
            return
