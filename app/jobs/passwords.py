"""Passwords, hashed slowly on purpose: argon2id, beside the loop, few at a time."""

import asyncio
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.passwords import as_kept

_AT_ONCE = 2
"""Each takes 64 MiB and a processor for a tenth of a second."""


class Passwords:
    """Hashes and compares, with the costs of RFC 9106's second recommendation where no others are given."""

    def __init__(self, **costs: Any) -> None:
        self._hasher = PasswordHasher(**costs)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobodys = ""

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, as_kept(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; for nobody's it takes as long to say no."""
        if not self._nobodys:
            self._nobodys = await self.hashed("nobody's")
        async with self._turn:
            fits = await asyncio.to_thread(self._verified, kept or self._nobodys, as_kept(password))
        return fits and kept is not None

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
