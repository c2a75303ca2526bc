"""How many texts a second leave through the Twilio carrier, beside a bare loop of POSTs by aiohttp.

Both have ten requests under way to the same stand-in on the loopback, a process of its own that reads each form and
answers with a new message; they alternate, so that whatever else the machine does meets both. aiohttp is what Twilio's
official client would use; the bare loop writes the same form and reads the answer's id, and knows nothing else.

Run: `make bench-sends`, or `python -m benchmarks.sends [--rounds N] [--texts N] [--profile FILE]`.
"""

import asyncio
import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import aiohttp

from app.carriers.protocol import Accepted, OutboundText
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from benchmarks.timing import BARE, OURS, Stopwatch

BAR = 0.5
ACCOUNT, TOKEN, SENDER = f"AC{'0' * 32}", "a token", "+15005550010"
AT_ONCE, BATCH = 10, 100
_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
_TEXT = "Last 2 weeks: I have felt cheerful and in good spirits. 5 all of the time, 4 most of the time, 0 at no time"


class StandIn(asyncio.Protocol):
    """Takes a text in each POST and says so, in the shape of Twilio's answer; asked for, it lists whom it texted."""

    numbers = count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            start = head.find(b"content-length:")
            length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
            if len(self._read) < end + 4 + length:
                return
            self.took(self._read[end + 4 : end + 4 + length])
            self._read = self._read[end + 4 + length :]
            body = json.dumps(
                {
                    "sid": f"SM{next(self.numbers):032x}",
                    "status": "queued",
                    "error_code": None,
                    "direction": "outbound-api",
                }
            ).encode()
            self._transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )

    def took(self, form: bytes) -> None:
        """For who listens in."""


async def stand_in() -> None:
    server = await asyncio.get_running_loop().create_server(StandIn, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def peer() -> Iterator[str]:
    """The stand-in in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sends", "--stand-in"], stdout=subprocess.PIPE, text=True
    )
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"  # type: ignore[union-attr]
    finally:
        process.terminate()
        process.wait(10)


def texts(number: int) -> list[OutboundText]:
    return [OutboundText(str(uuid4()), f"+88017{at:08d}", SENDER, _TEXT) for at in range(number)]


async def ours(carrier: TwilioCarrier, batch: list[OutboundText]) -> int:
    """Send them all; how many."""
    for start in range(0, len(batch), BATCH):
        outcomes = await carrier.send(batch[start : start + BATCH])
        if not all(isinstance(outcome, Accepted) for outcome in outcomes.values()):
            raise RuntimeError("the stand-in refused a text")
    return len(batch)


async def bare(session: aiohttp.ClientSession, url: str, batch: list[OutboundText]) -> int:
    left = iter(batch)

    async def some() -> None:
        for text in left:
            form = {
                "To": text.to, "From": text.sender, "Body": text.text, "ValidityPeriod": "14400",
                "StatusCallback": f"https://shiftline.example/carriers/twilio/status/{text.message}",
                "SmartEncoded": "False",
            }  # fmt: skip
            async with session.post(url + _PATH, data=form) as answer:
                (await answer.json())["sid"]

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return len(batch)


async def measure(rounds: int, number: int, profile: Path | None = None) -> dict[str, float]:
    """Medians: texts a second and processor time of each, of both; and the ratio, pair by pair."""
    watch = Stopwatch(profile)
    with peer() as url:
        carrier = TwilioCarrier(
            TwilioSettings(ACCOUNT, TOKEN, "https://shiftline.example", base_url=url, segments_per_second=1000)
        )
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth(ACCOUNT, TOKEN)) as session:
            await ours(carrier, texts(BATCH))
            await bare(session, url, texts(BATCH))
            for _ in range(rounds):
                batches = texts(number), texts(number)
                await watch.run(BARE, lambda: bare(session, url, batches[0]))  # noqa: B023 - it runs at once
                await watch.run(OURS, lambda: ours(carrier, batches[1]))  # noqa: B023
        await carrier.aclose()
    return watch.told()


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--texts", type=int, default=1000)
    asked.add_argument("--profile", type=Path)
    asked.add_argument("--stand-in", action="store_true")
    given = asked.parse_args()
    if given.stand_in:
        asyncio.run(stand_in())
    else:
        for name, value in asyncio.run(measure(given.rounds, given.texts, given.profile)).items():
            print(f"{name:20} {value:>12,.2f}")
