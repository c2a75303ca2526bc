"""Passwords are kept as slow hashes, compared a few at a time, and for nobody as long as for somebody."""

import asyncio

import pytest

from app.domain.errors import UnavailableError
from app.jobs.passwords import Passwords

QUICK = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
WORDS = "harbour kettle violet nine"


async def test_what_is_kept_is_argon2id_and_differs_each_time() -> None:
    passwords = Passwords(**QUICK)
    first, second = await passwords.hashed(WORDS), await passwords.hashed(WORDS)
    assert first.startswith("$argon2id$")
    assert first != second
    assert await passwords.fits(first, WORDS)
    assert not await passwords.fits(first, WORDS.upper())


async def test_the_usual_costs_are_those_of_rfc_9106() -> None:
    assert "m=65536,t=3,p=4" in await Passwords().hashed(WORDS)


async def test_nothing_fits_nobody_not_even_what_nobodys_hash_was_made_of() -> None:
    passwords = Passwords(**QUICK)
    assert not await passwords.fits(None, WORDS)
    assert not await passwords.fits(None, "nobody's")
    assert not await passwords.fits("no hash at all", WORDS)


async def test_too_many_at_once_are_turned_away_and_a_moment_later_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.passwords._MOST_WAITING", 3)
    passwords = Passwords(**QUICK)
    kept = await passwords.hashed(WORDS)
    await passwords.fits(None, "")
    told = await asyncio.gather(*(passwords.fits(kept, WORDS) for _ in range(5)), return_exceptions=True)
    assert told[:3] == [True, True, True]
    assert all(isinstance(one, UnavailableError) for one in told[3:])
    assert await passwords.fits(kept, WORDS)
