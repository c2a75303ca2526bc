"""One address before several web processes, as a proxy has it: a connection goes to one that takes it."""

import asyncio
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

LOOPBACK = "127.0.0.1"

_CHUNK = 65_536
_CONNECT_SECONDS = 5  # a machine that is busy is not a host that is gone


class Relay:
    """Passes bytes on, in a thread of its own. Where nobody takes a connection it is closed, and Kannel tries again."""

    def __init__(
        self, port: int, behind: Sequence[int], seed: int, *, host: str = LOOPBACK, hosts: Sequence[str] = ()
    ) -> None:
        self.host, self.port = host, port
        self._behind = list(zip(hosts or [LOOPBACK] * len(behind), behind, strict=True))
        self._dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._passing: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._met, self.host, self.port), self._loop)
        self._server = starting.result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the drill is over
        finally:
            self._passing.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for host, port in self._dice.sample(self._behind, len(self._behind)):
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    there, here = await asyncio.open_connection(host, port)
                try:
                    ways = {asyncio.create_task(_pass(reader, here)), asyncio.create_task(_pass(there, writer))}
                    # Either end is enough: who is dead answers no more.
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    for way in ways:
                        way.cancel()
                    await asyncio.wait(ways)
                finally:
                    here.transport.abort()
                return


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
