"""Keys are shown once and kept as hashes."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFoundError, UnauthenticatedError
from app.store.keys import (
    caller_of_key,
    create_key,
    list_keys,
    revoke_key,
)
from app.store.programmes import save_programme
from app.store.sessions import caller_of_session, close_session, open_session
from tests.conftest import World
from tests.steps import rows


async def test_only_the_hash_of_a_key_is_kept(world: World) -> None:
    for secret in world.keys.values():
        held = "".join(text for (text,) in await rows(world, "SELECT api_key::text FROM api_key"))
        assert secret not in held
        assert secret.encode().hex() not in held
    # The prefix tells keys apart in a list; what is left of 43 characters is far too much to guess.
    kept = await rows(world, "SELECT prefix, role FROM api_key")
    assert all(len(prefix) - len(f"sl_{role}_") <= 6 for prefix, role in kept)


async def test_a_key_tells_its_holder_until_it_is_revoked(world: World) -> None:
    async with world.context.database.transaction() as store:
        caller = await caller_of_key(store, world.keys["ngo"])
        assert (caller.role, caller.programme) == ("ngo", world.id)
        await revoke_key(store, caller.key, world.id, world.clock())
        with pytest.raises(UnauthenticatedError):
            await caller_of_key(store, world.keys["ngo"])


@pytest.mark.parametrize("secret", ["", "sl_ngo_guess", "  "])
async def test_an_unknown_key_opens_nothing(world: World, secret: str) -> None:
    async with world.context.database.transaction() as store:
        with pytest.raises(UnauthenticatedError):
            await caller_of_key(store, secret)


async def test_a_key_of_another_programme_is_not_there_to_be_revoked(world: World) -> None:
    async with world.context.database.transaction() as store:
        other = await save_programme(store, "beta", "Beta", "Beta Line", 10, world.clock())
        caller = await caller_of_key(store, world.keys["ngo"])
        with pytest.raises(NotFoundError):
            await revoke_key(store, caller.key, other.id, world.clock())
        assert await list_keys(store, other.id) == []
        assert await caller_of_key(store, world.keys["ngo"]) == caller


async def test_revoking_twice_keeps_the_first_moment(world: World) -> None:
    async with world.context.database.transaction() as store:
        key = (await caller_of_key(store, world.keys["ngo"])).key
        await revoke_key(store, key, world.id, world.clock())
        first = await store.value("SELECT revoked_at FROM api_key WHERE id = :key", key=key)
        await revoke_key(store, key, world.id, world.clock.forward(hours=1))
        assert await store.value("SELECT revoked_at FROM api_key WHERE id = :key", key=key) == first


@pytest.mark.parametrize(
    ("hours", "pause", "good"),
    [
        pytest.param(11, 0.9, True, id="same shift"),
        pytest.param(12, 0.9, False, id="after twelve hours"),
        pytest.param(1, 1.0, False, id="after an idle one"),
    ],
)
async def test_a_session_lasts_twelve_hours_and_an_idle_one_at_most(
    world: World, hours: int, pause: float, *, good: bool
) -> None:
    async with world.context.database.transaction() as store:
        caller = await caller_of_key(store, world.keys["ngo"])
        begun = world.clock()
        token = await open_session(store, caller.key, begun)
        while world.clock() + timedelta(hours=pause) < begun + timedelta(hours=hours):
            await caller_of_session(store, token, world.clock.forward(hours=pause))
        world.clock.now = later = begun + timedelta(hours=hours)
        if good:
            assert await caller_of_session(store, token, later) == caller
        else:
            with pytest.raises(UnauthenticatedError):
                await caller_of_session(store, token, later)


@pytest.mark.parametrize("how", ["signed out", "key revoked"])
async def test_a_session_ends_with_its_key_or_by_hand(world: World, how: str) -> None:
    async with world.context.database.transaction() as store:
        caller = await caller_of_key(store, world.keys["ngo"])
        token = await open_session(store, caller.key, world.clock())
        if how == "signed out":
            await close_session(store, token)
        else:
            await revoke_key(store, caller.key, world.id, world.clock())
        with pytest.raises(UnauthenticatedError):
            await caller_of_session(store, token, world.clock())


async def test_an_expired_session_is_swept_by_the_next_one(world: World) -> None:
    async with world.context.database.transaction() as store:
        caller = await caller_of_key(store, world.keys["ngo"])
        await open_session(store, caller.key, world.clock())
        await open_session(store, caller.key, world.clock.forward(hours=13))
        assert await store.value("SELECT count(*) FROM session") == 1


async def test_a_focal_points_scope_comes_with_the_key(world: World) -> None:
    async with world.context.database.transaction() as store:
        secret = await create_key(store, "ngo", "focal", world.clock(), programme=world.id, scopes=["focal-point"])
        assert (await caller_of_key(store, secret)).scopes == {"focal-point"}
        assert (await caller_of_key(store, world.keys["ngo"])).scopes == frozenset()
