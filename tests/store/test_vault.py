"""Phone numbers stand in the vault alone."""

from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from app.domain.errors import InvalidError
from app.store.vault import Keyring, Vault, ensure_identities, new_key, open_numbers
from tests.conftest import AMINA, BILAL, STRANGER, World
from tests.steps import ask, rows, run, say, write

KEY = b"k" * 32


def test_a_number_comes_back_as_it_was_sealed(vault: Vault) -> None:
    row = uuid4()
    sealed = vault.seal("identity", row, uuid4(), AMINA)
    assert AMINA.encode() not in sealed.cipher
    assert vault.open("identity", row, sealed.cipher, sealed.key_version) == AMINA


def test_the_same_number_is_never_sealed_alike(vault: Vault) -> None:
    row, programme = uuid4(), uuid4()
    assert vault.seal("identity", row, programme, AMINA).cipher != vault.seal("identity", row, programme, AMINA).cipher


@pytest.mark.parametrize(
    ("table", "own_row"),
    [pytest.param("identity", False, id="another row"), pytest.param("inbox", True, id="another table")],
)
def test_a_ciphertext_that_was_moved_does_not_open(vault: Vault, table: str, *, own_row: bool) -> None:
    row = uuid4()
    sealed = vault.seal("identity", row, uuid4(), AMINA)
    with pytest.raises(InvalidTag):
        vault.open(table, row if own_row else uuid4(), sealed.cipher, sealed.key_version)


def test_one_number_has_another_index_in_another_programme(vault: Vault) -> None:
    one, other = uuid4(), uuid4()
    assert vault.blind_index(one, AMINA) == vault.blind_index(one, AMINA)
    assert vault.blind_index(one, AMINA) != vault.blind_index(other, AMINA)
    assert vault.blind_index(one, AMINA) != vault.blind_index(one, BILAL)


def test_an_index_without_the_key_is_another(vault: Vault) -> None:
    programme = uuid4()
    assert Vault(Keyring({1: KEY}, KEY)).blind_index(programme, AMINA) != vault.blind_index(programme, AMINA)


def test_after_a_rotation_old_numbers_open_and_new_ones_take_the_new_key() -> None:
    row, programme = uuid4(), uuid4()
    old = Vault(Keyring({1: KEY}, KEY)).seal("identity", row, programme, AMINA)
    both = Vault(Keyring({1: KEY, 2: b"n" * 32}, KEY))
    assert both.open("identity", row, old.cipher, old.key_version) == AMINA
    assert both.seal("identity", row, programme, AMINA).key_version == 2


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="nothing"),
        pytest.param(new_key(), id="no version"),
        pytest.param("1:short", id="too short"),
        pytest.param(f"one:{new_key()}", id="version in words"),
        pytest.param(f"1:{new_key()}!", id="not base64"),
    ],
)
def test_a_malformed_key_is_refused_and_never_repeated(given: str) -> None:
    with pytest.raises(InvalidError) as raised:
        Keyring.parse(given, new_key())
    assert not given or given.rsplit(":", maxsplit=1)[-1] not in raised.value.message


def test_keys_never_show_in_a_representation() -> None:
    assert "kkkk" not in repr(Keyring({1: KEY}, KEY))


async def test_a_number_is_one_identity_however_often_it_comes(world: World) -> None:
    async with world.context.database.transaction() as store:
        first = await ensure_identities(store, world.context.vault, world.id, [AMINA, BILAL, AMINA], world.clock())
        again = await ensure_identities(store, world.context.vault, world.id, [BILAL, AMINA], world.clock())
        assert first == again
        assert await open_numbers(store, world.context.vault, list(first.values())) == {
            identity: number for number, identity in first.items()
        }


async def test_a_swapped_ciphertext_is_not_texted_to_the_wrong_person(world: World) -> None:
    async with world.context.database.transaction() as store:
        found = await ensure_identities(store, world.context.vault, world.id, [AMINA, BILAL], world.clock())
    await run(
        world,
        "UPDATE identity SET cipher = (SELECT cipher FROM identity WHERE id = :bilal) WHERE id = :amina",
        amina=found[AMINA],
        bilal=found[BILAL],
    )
    async with world.context.database.transaction() as store:
        assert await open_numbers(store, world.context.vault, [found[AMINA]]) == {}


async def test_no_number_stands_anywhere_in_the_database(world: World) -> None:
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await write(world)
    await ask(world)
    await say(world, AMINA, "1", "4", "2", "1")
    await say(world, BILAL, "STOP")
    await say(world, STRANGER, "who is this?")
    tables = [name for (name,) in await rows(world, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert {"identity", "inbox", "outbox", "conversation", "answer"} <= set(tables)
    for table in tables:
        held = "\n".join(text for (text,) in await rows(world, f'SELECT "{table}"::text FROM "{table}"'))
        for number in (AMINA, BILAL, STRANGER):
            # Bytes print as hex, so the digits would show there too.
            assert number[4:] not in held, table
            assert number[4:].encode().hex() not in held, table
