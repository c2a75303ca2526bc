"""How many inbound webhooks a second are verified and durably committed, beside a bare FastAPI endpoint.

The bare endpoint parses the same form and answers; ours runs as `shiftline web` does, on a PostgreSQL with fsync on.
Thirty-two kept-alive connections come from this process, the two servers are one process each, and the rounds alternate,
so that whatever else the machine does meets both.

Run: `make bench-webhooks`, or `python -m benchmarks.webhooks [--rounds N] [--seconds S] [--json FILE] [--profile FILE]`.
Its server and data are thrown away at the end.
"""

import argparse
import asyncio
import base64
import cProfile
import hashlib
import hmac
import json
import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from app.main import clock, wire
from app.settings import Settings
from app.store.embedded import embedded_server
from app.store.programmes import save_channel, save_programme
from app.store.vault import new_key
from app.web.app import create_app
from benchmarks.timing import PAIR_SECONDS, PAIRS, log_as_served

BAR = 0.6
CONNECTIONS = 32
PUBLIC, TOKEN, NUMBER, PATH = "https://shiftline.example", "a token", "+15005550010", "/carriers/twilio/inbound"
PEOPLE = 10_000
KINDS = ("bare", "ours")
_READY_SECONDS = 180  # on a busy machine


# -- the servers ----------------------------------------------------------------------------------


def bare() -> FastAPI:
    """The least there can be: the form is parsed (not by `Form()`, which is slower) and answered."""
    app = FastAPI()

    @app.post(PATH)
    async def inbound(request: Request) -> Response:
        dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        return Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")

    return app


@asynccontextmanager
async def ours(url: str, var: Path) -> AsyncIterator[FastAPI]:
    """The service as it is wired for production, with a programme whose sender is on Twilio."""
    settings = Settings(
        var=var, public_url=PUBLIC, vault_keys=SecretStr(f"1:{new_key()}"), vault_index_key=SecretStr(new_key()),
        DATABASE_URL=SecretStr(url), TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN=SecretStr(TOKEN),
    )  # fmt: skip
    log_as_served(var / "log", settings.log_level)
    async with wire(settings, url) as wired:
        async with wired.context.database.transaction() as store:
            programme = await save_programme(store, "bench", "Bench", "Bench", 10, clock())
            await save_channel(store, programme.id, "twilio", NUMBER, clock())
        yield create_app(wired)


async def serve(kind: str, url: str, var: Path, port: int) -> None:
    if kind == "bare":
        await listen(bare(), port)
        return
    async with ours(url, var) as app:
        await listen(app, port)


async def listen(app: FastAPI, port: int) -> None:
    """Serve until asked to end."""
    # As `shiftline web` listens; the bare endpoint too.
    config = uvicorn.Config(app, port=port, log_level="warning", access_log=False, server_header=False)
    server = _Server(config)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)  # noqa: FBT003
    await server.serve()


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers, which would end the process before it has let go."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def server(kind: str, url: str, var: Path, profile: Path | None) -> Iterator["Peer"]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.webhooks", "--serve", kind, "--url", url, "--port", str(port)]
    command += ["--var", str(var)] + (["--profile", str(profile)] if profile and kind == "ours" else [])
    process = subprocess.Popen(command)  # noqa: S603 - ourselves
    try:
        reachable(port)
        yield Peer(kind, port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reachable(port: int) -> None:
    """Wait until somebody listens there."""
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


# -- the load -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Peer:
    kind: str
    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Round:
    kind: str
    answered: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    waits: list[float] = field(default_factory=list["float"])

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def wait(self, share: float) -> float:
        """Milliseconds that this share of the requests did not exceed."""
        return sorted(self.waits)[int(share * (len(self.waits) - 1))] * 1000


def webhooks(count: int) -> list[bytes]:
    """As many requests as Twilio sends them, signed, no two with the same reference."""
    return [signed(f"+88017{index % PEOPLE:08d}", "হ্যাঁ, ৩ জন") for index in range(count)]


def signed(number: str, text: str) -> bytes:
    """A reply as Twilio sends it, with a reference of its own."""
    sid = f"SM{uuid4().hex}"
    form = {
        "ToCountry": "US", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
        "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": text,
        "FromCountry": "BD", "To": NUMBER, "MessagingServiceSid": f"MG{'0' * 32}", "ToZip": "", "AddOns": "{}",
        "NumSegments": "1", "MessageSid": sid, "AccountSid": f"AC{'0' * 32}", "From": number, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    covered = PUBLIC + PATH + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), covered.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: shiftline.example\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        f"I-Twilio-Idempotency-Token: {sid}\r\nX-Twilio-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


def load(peer: Peer, seconds: float, expected: float) -> Round:
    """Keep every connection busy for that long; a request that is not answered 200 ends the benchmark."""
    requests = iter(webhooks(int(seconds * expected) + CONNECTIONS))
    played, began, sent = Round(peer.kind), time.perf_counter(), dict[socket.socket, float]()
    cpu = peer.cpu()
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", peer.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
        began = time.perf_counter()
        for key in list(selector.get_map().values()):
            sent[key.fileobj] = time.perf_counter()  # type: ignore[index]
            key.fileobj.send(next(requests))  # type: ignore[union-attr]
        while sent:
            for key, _ in selector.select(10):
                connection = key.fileobj  # type: ignore[assignment]
                answer = connection.recv(65536)
                now = time.perf_counter()
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"{peer.kind} answered {answer[:200]!r}")
                if not answer.endswith(b"<Response/>"):
                    answer += connection.recv(65536)
                played.waits.append(now - sent.pop(connection))
                request = next(requests, None) if now - began < seconds else None
                if request is not None:
                    sent[connection] = now
                    connection.send(request)
        played.seconds = time.perf_counter() - began
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    played.answered, played.cpu = len(played.waits), peer.cpu() - cpu
    return played


# -- the comparison -------------------------------------------------------------------------------


def compare(rounds: int, seconds: float, target: Path | None = None, profile: Path | None = None) -> dict[str, Any]:
    """Play, tell, and keep as JSON where that is asked for."""
    with TemporaryDirectory(prefix="shiftline-bench-") as name, embedded_server(Path(name) / "postgres") as postgres:
        var = Path(name) / "var"
        with server("bare", postgres.url, var, None) as plain, server("ours", postgres.url, var, profile) as full:
            peers = {"bare": plain, "ours": full}
            warm = {kind: load(peer, 2, 4000).rate for kind, peer in peers.items()}
            played = [load(peers[kind], seconds, warm[kind] * 2) for _ in range(rounds) for kind in KINDS]
    told = _told(played)
    for kind in KINDS:
        one = told[kind]
        print(
            f"{kind}: {one['per_second']:,.0f} webhooks/s; wait p50 {one['p50_ms']:.1f} ms, p95 {one['p95_ms']:.1f} ms;"
            f" {one['cpu_us']:.0f} µs of the server's processor each"
        )
    print(f"ratio {told['ratio']:.2f} (bar {BAR}), pair by pair {', '.join(f'{item:.2f}' for item in told['ratios'])}")
    if target:
        target.write_text(json.dumps(told, indent=2) + "\n")
    return told


def _told(played: list[Round]) -> dict[str, Any]:
    told: dict[str, Any] = {"connections": CONNECTIONS, "bar": BAR}
    for kind in KINDS:
        own = [item for item in played if item.kind == kind]
        told[kind] = {
            "per_second": statistics.median(item.rate for item in own),
            "p50_ms": statistics.median(item.wait(0.5) for item in own),
            "p95_ms": statistics.median(item.wait(0.95) for item in own),
            "cpu_us": statistics.median(item.cpu / item.answered * 1e6 for item in own),
        }
    pairs = [full.rate / plain.rate for plain, full in zip(played[::2], played[1::2], strict=True)]
    return {**told, "ratios": pairs, "ratio": statistics.median(pairs)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=PAIRS)
    asked.add_argument("--seconds", type=float, default=PAIR_SECONDS)
    asked.add_argument("--json", type=Path)
    asked.add_argument("--profile", type=Path, help="where our server's profile goes, for pstats; it slows it down")
    asked.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    asked.add_argument("--url", help=argparse.SUPPRESS)
    asked.add_argument("--var", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if not given.serve:
        compare(given.rounds, given.seconds, given.json, given.profile)
        return
    run = lambda: asyncio.run(serve(given.serve, given.url, given.var, given.port))  # noqa: E731
    if given.profile:
        profiler = cProfile.Profile()
        try:
            profiler.runcall(run)
        finally:
            profiler.dump_stats(given.profile)
    else:
        run()


if __name__ == "__main__":
    main()
