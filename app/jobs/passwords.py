"""Passwords, hashed slowly on purpose: argon2id, beside the loop, few at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import UnavailableError
from app.domain.passwords import as_kept

_AT_ONCE = 2
"""Each takes 64 MiB and a processor for a tenth of a second."""
_MOST_WAITING = 100


class Passwords:
    """Hashes and compares, with the costs of RFC 9106's second recommendation where no others are given."""

    def __init__(self, **costs: Any) -> None:
        self._hasher = PasswordHasher(**costs)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobodys = ""

    @asynccontextmanager
    async def _in_turn(self) -> AsyncGenerator[None]:
        if self._waiting >= _MOST_WAITING:
            raise UnavailableError("Too many people sign in at this moment; try again in a minute.")
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    async def hashed(self, password: str) -> str:
        """What is kept of a password; UnavailableError where too many wait for theirs."""
        async with self._in_turn():
            return await asyncio.to_thread(self._hasher.hash, as_kept(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; for nobody's it takes as long to say no. UnavailableError as above."""
        if not self._nobodys:
            self._nobodys = await self.hashed("nobody's")
        async with self._in_turn():
            fits = await asyncio.to_thread(self._verified, kept or self._nobodys, as_kept(password))
        return fits and kept is not None

    def is_stale(self, kept: str) -> bool:
        """Whether it was hashed at other costs than today's: it takes another time to compare, which would tell it apart."""
        return self._hasher.check_needs_rehash(kept)

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
