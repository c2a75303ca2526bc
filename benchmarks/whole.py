"""Whole turns a second: a reply comes in, is understood, its effects are committed, and the next question is at the carrier.

One web and one working process as they are wired for production, on a PostgreSQL with fsync on; beside them, in turn, a
bare endpoint that parses the form and makes one POST by aiohttp, and stores nothing. Workers answer as soon as the next
question is on their phone, so many at once as there are connections. How long a turn takes is measured again at half
the rate, with replies that come at their own pace.

Run: `make bench-whole`, or `python -m benchmarks.whole [--rounds N] [--seconds S]`.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote_plus

import aiohttp
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from app.main import clock, wire
from app.settings import Settings
from app.store.database import Database
from app.store.fates import set_pace
from app.store.vault import Keyring, Vault, new_key
from app.web.app import create_app
from app.worker import work
from benchmarks.sends import ACCOUNT, StandIn
from benchmarks.timing import PAIR_SECONDS, PAIRS, log_as_served
from benchmarks.webhooks import PATH, PUBLIC, TOKEN, free_port, listen, reachable, signed
from benchmarks.world import World, build_world, server

BAR, SLOWEST_MS = 0.35, 250.0
CONNECTIONS = 32
PEOPLE = 8800  # whoever has answered everything is asked nothing more: each load has people of its own
_HALF_LOAD_SECONDS = 4.0
_GRACE = 300.0  # seconds for what is under way when a round ends, and for the working process to have started


class Phones(StandIn):
    """The stand-in of the carrier within the measuring process: it tells who was texted."""

    heard: Callable[[str], None]

    def took(self, form: bytes) -> None:
        at = form.find(b"To=") + 3
        Phones.heard(unquote_plus(form[at : form.find(b"&", at) if b"&" in form[at:] else len(form)].decode()))


# -- the servers ----------------------------------------------------------------------------------


def _settings(url: str, var: Path, carrier: str, keys: str) -> Settings:
    data, index = keys.split("|")
    return Settings(
        var=var, public_url=PUBLIC, vault_keys=SecretStr(data), vault_index_key=SecretStr(index),
        DATABASE_URL=SecretStr(url), TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=SecretStr(TOKEN),
        twilio_api_url=carrier,
    )  # fmt: skip


async def serve(kind: str, given: argparse.Namespace) -> None:
    if kind == "bare":
        async with aiohttp.ClientSession() as session:
            await listen(bare(session, given.carrier), given.port)
        return
    settings = _settings(given.url, given.var / kind, given.carrier, os.environ["BENCH_KEYS"])
    log_as_served(given.var / f"{kind}.log", settings.log_level)
    async with wire(settings, given.url) as wired:
        if kind == "web":
            await listen(create_app(wired), given.port)
        else:
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
            await work(wired.context, clock, stop)


def bare(session: aiohttp.ClientSession, carrier: str) -> FastAPI:
    """The least a turn can be: the form is parsed and one POST made; the phone is the answer's."""
    app = FastAPI()

    @app.post(PATH)
    async def inbound(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        text = {"To": form["From"], "From": form["To"], "Body": "What is next?"}
        async with session.post(f"{carrier}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=text) as answer:
            await answer.json()
        return Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")

    return app


@contextmanager
def process(kind: str, url: str, var: Path, carrier: str, port: int = 0) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.whole", "--serve", kind, "--url", url, "--var", str(var)]
    running = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--carrier", carrier, "--port", str(port)]
    )
    try:
        if port:
            reachable(port)
        yield
    finally:
        running.terminate()
        running.wait(30)


# -- the load -------------------------------------------------------------------------------------


class Load:
    """Replies over kept-alive connections, and the moments at which the next texts came."""

    def __init__(self, port: int, numbers: list[str]) -> None:
        self._port = port
        self._resting = deque(numbers)
        self._written: dict[str, float] = {}
        self._requests: asyncio.Queue[bytes] = asyncio.Queue()
        self.waits: list[float] = []
        self._again = False
        Phones.heard = self._heard

    def _heard(self, number: str) -> None:
        written = self._written.pop(number, None)
        if written is None:
            return
        self.waits.append(time.perf_counter() - written)
        self._resting.append(number)
        if self._again:
            self._write()

    def _write(self) -> None:
        number = self._resting.popleft()
        self._written[number] = time.perf_counter()
        self._requests.put_nowait(signed(number, "4"))

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while True:
                writer.write(await self._requests.get())
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"a webhook was answered {head[:100]!r}")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
        finally:
            writer.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._connection()) for _ in range(CONNECTIONS)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def closed(self, seconds: float) -> float:
        """As many turns as go, `CONNECTIONS` people at once; turns a second."""
        async with self._connected():
            self._again, began = True, time.perf_counter()
            for _ in range(CONNECTIONS):
                self._write()
            await asyncio.sleep(seconds)
            self._again = False
            done, took = len(self.waits), time.perf_counter() - began
            await self._quiet()
        return done / took

    async def at(self, rate: float, seconds: float) -> list[float]:
        """Replies at this rate, whatever becomes of them; how long each turn took, in seconds."""
        self.waits.clear()
        async with self._connected():
            began = time.perf_counter()
            for turn in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + turn / rate - time.perf_counter()))
                self._write()
            await self._quiet()
        return self.waits

    async def _quiet(self) -> None:
        until = time.perf_counter() + _GRACE
        while self._written and time.perf_counter() < until:  # noqa: ASYNC110 - nobody else waits for this
            await asyncio.sleep(0.02)
        if self._written:
            raise RuntimeError(f"{len(self._written)} replies were never answered")


# -- the comparison -------------------------------------------------------------------------------


async def measure(rounds: int, seconds: float) -> dict[str, float]:
    """Turns a second of both, their ratio pair by pair, and the 95th percentile of a turn at half load, in ms."""
    data, index = new_key(), new_key()
    os.environ["BENCH_KEYS"] = f"1:{data}|{index}"
    loop = asyncio.get_running_loop()
    carrier = await loop.create_server(Phones, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{carrier.sockets[0].getsockname()[1]}"
    with server() as url, TemporaryDirectory(prefix="shiftline-bench-") as name:
        database = Database(url)
        world = await build_world(database, PEOPLE, PEOPLE, Vault(Keyring.parse(f"1:{data}", index)), clock())
        async with database.transaction() as store:
            await set_pace(store, world.channel.id, 100_000)
        await database.aclose()
        ports = {"bare": free_port(), "web": free_port()}
        with (
            process("bare", url, Path(name), address, ports["bare"]),
            process("web", url, Path(name), address, ports["web"]),
            process("work", url, Path(name), address),
        ):
            return await _played(world, ports, rounds, seconds)


async def _played(world: World, ports: dict[str, int], rounds: int, seconds: float) -> dict[str, float]:
    numbers = [world.number(at) for at in range(PEOPLE)]
    share = PEOPLE // (rounds + 2)
    warm, half_load, *fresh = (numbers[at * share :][:share] for at in range(rounds + 2))
    await Load(ports["web"], warm).closed(2)
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    for own in fresh:
        rates["bare"].append(await Load(ports["bare"], own).closed(seconds))
        rates["ours"].append(await Load(ports["web"], own).closed(seconds))
    half = median(rates["ours"]) / 2
    waits = sorted(await Load(ports["web"], half_load).at(half, _HALF_LOAD_SECONDS))
    return {
        "ratio": median(full / plain for full, plain in zip(rates["ours"], rates["bare"], strict=True)),
        **{f"{kind}_per_second": median(values) for kind, values in rates.items()},
        "half_load_per_second": half,
        "p50_ms": waits[len(waits) // 2] * 1000,
        "p95_ms": waits[int(0.95 * (len(waits) - 1))] * 1000,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=PAIRS)
    asked.add_argument("--seconds", type=float, default=PAIR_SECONDS)
    asked.add_argument("--serve", choices=("bare", "web", "work"), help=argparse.SUPPRESS)
    asked.add_argument("--url", help=argparse.SUPPRESS)
    asked.add_argument("--carrier", help=argparse.SUPPRESS)
    asked.add_argument("--var", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve, given))
        return
    for name, value in asyncio.run(measure(given.rounds, given.seconds)).items():
        print(f"{name:22} {value:>12,.2f}")


if __name__ == "__main__":
    main()
