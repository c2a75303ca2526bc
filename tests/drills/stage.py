"""What a drill plays on: PostgreSQL that forces its writes to the disk, Debian's Kannel, and our processes around it."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2

from app.carriers.kannel import KannelSettings, sms_service
from app.store.database import Database
from app.store.keys import create_key
from app.store.vault import Keyring, Vault, new_key, open_numbers
from tests.drills.crowd import SHORT_CODE, Crowd, Question
from tests.drills.network import EVERYBODY, HERE, Network
from tests.drills.postgres import Postgres, now, prepared
from tests.drills.processes import Process
from tests.drills.relay import LOOPBACK, Relay
from tests.peers.kannel import Kannel, free_port, wait_until

_ZONES = (
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Dhaka",
    "Africa/Nairobi",
    "UTC",
    "America/Sao_Paulo",
    "America/Denver",
)
_NOON = 14
_PATIENCE = 120

HOSTS = ("web0", "web1", "work0", "work1")
"""Those of our processes; in a network there is one for PostgreSQL besides, `db`."""

YES_NO = (("1", True), ("2", False), ("yes", True), ("no", False))
RATES = (("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5))
WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf")


def questions(count: int) -> list[Question]:
    """Questions that differ by a word each; yes or no and rates in turn."""
    return [Question(f"q{at}", f"{WORDS[at]} item", RATES if at % 2 else YES_NO) for at in range(count)]


def survey(asked: Sequence[Question]) -> dict[str, Any]:
    """The survey that asks them."""
    return {
        "survey": "drill", "title": "Drill", "languages": ["en"], "purpose": {"en": "a drill"},
        "partial_after": asked[0].code,
        "questions": [
            {"code": item.code, "kind": "scale", "min": 1, "max": 5, "text": {"en": f"{item.words}: how good? 1 to 5"}}
            if item.replies is RATES
            else {"code": item.code, "kind": "yes-no", "text": {"en": f"{item.words}: is it so?"},
                  "score": {"yes": 100, "no": 0}}
            for item in asked
        ],
        "indicators": [{"code": "drill", "domain": "voice", "of": [item.code for item in asked]}],
    }  # fmt: skip


def zone_of_day(moment: datetime) -> str:
    """A zone where nobody sleeps now: a drill runs at any hour."""
    return min(_ZONES, key=lambda zone: abs(moment.astimezone(ZoneInfo(zone)).hour - _NOON))


class Gateway(Kannel):
    """Kannel that logs what it is given, and not each octet of it."""

    log_level = "1"


@dataclass
class Stage:
    """Everything that runs, and the ways to look into it."""

    postgres: Postgres
    gateway: Gateway
    crowd: Crowd
    web: list[Process]
    work: list[Process]
    vault: Vault
    address: str
    asked: list[Question]
    operator: str = ""
    network: Network | None = None
    # One, for to make it takes longer than most requests: an operator's hour has hundreds.
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=30, trust_env=False), repr=False)

    # -- PostgreSQL ---------------------------------------------------------------------------

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return self.postgres.rows(sql, *values)

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    def stop_postgres(self, pause: float) -> None:
        """Stops it with -m immediate, as a crash does, and starts it again after a while."""
        self.postgres.stop()
        time.sleep(pause)
        self.postgres.start()

    def numbers(self) -> dict[UUID, str]:
        """Every identity's number: the drill holds the vault's keys."""

        async def opened() -> dict[UUID, str]:
            database = Database(self.postgres.server.url, pool=1)
            async with database.transaction() as store:
                found = await open_numbers(
                    store, self.vault, [row.id for row in await store.rows("SELECT id FROM identity")]
                )
            await database.aclose()
            return found

        return asyncio.run(opened())

    def last_words(self) -> str:
        """The ends of our processes' logs, which hold neither numbers nor texts."""
        return "\n".join(
            f"{item.name}: {item.log.read_text(errors='replace')[-1500:]}"
            for item in (*self.web, *self.work)
            if item.log.exists()
        )

    # -- REST ---------------------------------------------------------------------------------

    def api(self, key: str, method: str, path: str, *, tolerated: int = 0, **body: Any) -> Any:
        """One request to whichever web process takes it; what it changes may be asked for twice."""
        for tried in range(5):
            try:
                headers = {"Authorization": f"Bearer {key}", **body.get("headers", {})}
                answer = self.http.request(method, self.address + path, **{**body, "headers": headers})
            except httpx2.HTTPError:
                if tried == 4:
                    raise
                time.sleep(0.5)
                continue
            if answer.status_code == tolerated:
                return None
            assert answer.is_success, (method, path, answer.status_code, answer.text[:500])
            return answer.json() if answer.content else None
        return None

    def serves(self) -> bool:
        """Whether somebody behind the one address serves."""
        try:
            return httpx2.get(f"{self.address}/health", timeout=5, trust_env=False).is_success
        except httpx2.HTTPError:
            return False

    # -- time -----------------------------------------------------------------------------------

    def hasten(self) -> None:
        """What waits because Kannel was away is due now, and so is its sender: a drill has no half minutes to wait."""
        self.rows(
            "UPDATE outbox SET due_at = now() WHERE state = 'queued' AND due_at > now()"
            " AND code IN ('connect-failed', 'answer-temporal-failure-try-again-later')"
        )
        self.rows("UPDATE sender_budget SET tokens = 1 WHERE tokens < -5")

    def age_leases(self) -> None:
        """Twenty minutes later: the leases of the dead, claimed before any living process began, are over."""
        began = min(worker.started for worker in self.work)
        self.rows(
            "UPDATE outbox SET lease_until = now() - interval '1 second' WHERE state = 'sending'"
            " AND claimed_at < to_timestamp(%s)",
            began,
        )

    def age_unknown(self) -> None:
        """A day later: what is Unknown may be decided by a person."""
        self.rows(
            "UPDATE outbox SET sent_at = sent_at - interval '25 hours', claimed_at = claimed_at - interval '25 hours'"
            " WHERE state = 'unknown' AND sent_at > now() - interval '24 hours'"
        )


@contextmanager
def staged(
    folder: Path,
    people: int,
    count: int,
    pace: float,
    *,
    seed: int,
    entry: str = "app.cli",
    slowest: float = 1.0,
    network: Network | None = None,
) -> Iterator[Stage]:
    """A stage with a round about to be launched; `entry` is what the working processes run.

    Another sender than ours gets no reports: they name our message, and so would save it from much of what it does.
    In a network PostgreSQL and each of our processes are on hosts of their own (`HOSTS`); Kannel and the phones are here.
    """
    asked = questions(count)
    vault_keys = (f"1:{new_key()}", new_key())
    gateway = Gateway(folder / "kannel")
    gateway.folder.mkdir()
    ports = [free_port(), free_port()]
    hosts = [network.address(f"web{at}") if network else LOOPBACK for at in range(2)]
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres.running(folder))
        url = postgres.move(network, "db") if network else postgres.server.url
        relay = stack.enter_context(Relay(free_port(), ports, seed, hosts=hosts))
        environment = {
            "DATABASE_URL": url, "SHIFTLINE_VAULT_KEYS": vault_keys[0], "SHIFTLINE_VAULT_INDEX_KEY": vault_keys[1],
            "SHIFTLINE_VAR": str(folder), "SHIFTLINE_PUBLIC_URL": relay.url,
        }  # fmt: skip
        at_home = {name: network.name(name) if network else "" for name in HOSTS}
        web = [
            Process(
                f"web{at}", "web", {**environment, "SHIFTLINE_HOST": hosts[at], "SHIFTLINE_PORT": str(port)}, folder,
                network=at_home[f"web{at}"],
            )
            for at, port in enumerate(ports)
        ]  # fmt: skip
        work = [
            Process(f"work{at}", "work", environment, folder, entry, network=at_home[f"work{at}"]) for at in range(2)
        ]
        vault = Vault(Keyring.parse(*vault_keys))
        operator = asyncio.run(_prepared(postgres.server.url))
        for process in (*web, *work):
            stack.callback(process.kill)
        web[0].start()
        stack.enter_context(gateway)
        settings = KannelSettings(
            _reached(stack, gateway, network, seed), gateway.username, gateway.password, public_url=relay.url,
            secret="a-secret-of-the-drills-own", segments_per_second=pace, allowed_peers=("127.0.0.0/8", EVERYBODY),
            dlr_mask=31 if entry == "app.cli" else 0,
        )  # fmt: skip
        gateway.start(sms_service(settings))
        crowd = stack.enter_context(Crowd(gateway.smsc_port, people, asked, seed, slowest))
        stage = Stage(postgres, gateway, crowd, web, work, vault, relay.url, asked, operator, network)
        wait_until(stage.serves, "the web to serve", _PATIENCE)
        _fill(stage, settings)
        # Whoever starts from now on knows the road at once; one that was not asked looks each five seconds.
        for process in (web[1], *work):
            process.start()
        stack.callback(stage.http.close)
        yield stage


def _reached(stack: ExitStack, gateway: Gateway, network: Network | None, seed: int) -> str:
    """Where our processes reach Kannel, which listens here alone."""
    if network is None:
        return gateway.sendsms_url
    url = urlsplit(gateway.sendsms_url)
    relay = stack.enter_context(Relay(free_port(), [url.port or 0], seed, host=HERE))
    return f"{relay.url}{url.path}"


async def _prepared(url: str) -> str:
    """A migrated database, and the operator's key in it."""
    async with prepared(url) as (store, moment):
        return await create_key(store, "operator", "drill", moment)


def _fill(stage: Stage, settings: KannelSettings) -> None:
    """The road, the programme, its people, its survey and the launch: all by REST, as an operator and an NGO do it."""
    road = {
        name: getattr(settings, name)
        for name in (
            "sendsms_url",
            "username",
            "password",
            "secret",
            "segments_per_second",
            "dlr_mask",
            "allowed_peers",
        )
    }
    stage.api(stage.operator, "PUT", "/v1/carriers/kannel", json={"kind": "kannel", "settings": road})
    programme = {"code": "drill", "name": "Drill", "organiser": "Open Line"}
    stage.api(stage.operator, "POST", "/v1/programmes", json=programme)
    channel = {"carrier": "kannel", "sender": SHORT_CODE}
    stage.api(stage.operator, "POST", "/v1/programmes/drill/channels", json=channel)
    ngo = stage.api(
        stage.operator, "POST", "/v1/operator/keys", json={"role": "ngo", "label": "drill", "programme": "drill"}
    )["key"]
    site = {"code": "site", "name": "Site", "country": "BD", "zone": zone_of_day(now())}
    stage.api(ngo, "PUT", "/v1/sites", json=[site])
    roster = "phone,site,language\n" + "".join(f"{number},site,en\n" for number in stage.crowd.people)
    report = stage.api(ngo, "POST", "/v1/workers", content=roster.encode(), headers={"content-type": "text/csv"})
    assert report["added"] == len(stage.crowd.people), report
    stage.api(ngo, "POST", "/v1/surveys", json=survey(stage.asked))
    stage.api(ngo, "POST", "/v1/surveys/drill/publish")
    launch = {
        "survey": "drill", "name": "Drill", "plan": {"spread_minutes": 0},
        "accept_drafts": {"by": "the drill", "reason": "virtual phones"},
    }  # fmt: skip
    stage.api(ngo, "POST", "/v1/rounds", json=launch)
