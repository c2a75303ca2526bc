"""Long replies: pieces come in any order, twice, at once, or never; the text is read once and none is lost."""

import asyncio
from datetime import timedelta

import pytest

from app.carriers.protocol import InboundText, Part
from app.jobs.keeping import PATIENCE, join_late, keep
from tests.conftest import AMINA, BILAL, SENDER, World
from tests.steps import rows, run, value


def piece(
    text: str, number: int, count: int, *, key: str = "7", sender: str = AMINA, reference: str = ""
) -> InboundText:
    return InboundText(reference or f"{key}-{sender}-{number}", sender, SENDER, text, Part(key, number, count))


async def arrive(world: World, *pieces: InboundText) -> None:
    await keep(world.context, "simulator", pieces, world.clock())


async def texts(world: World) -> list[str]:
    return [text for (text,) in await rows(world, "SELECT text FROM inbox ORDER BY arrived_no")]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
@pytest.mark.parametrize("together", [True, False], ids=["one webhook", "one by one"])
async def test_pieces_are_joined_in_their_own_order(world: World, order: tuple[int, ...], *, together: bool) -> None:
    pieces = [piece("abc"[number - 1], number, 3) for number in order]
    for given in [pieces] if together else [[one] for one in pieces]:
        assert await texts(world) == []
        await arrive(world, *given)
    assert await rows(world, "SELECT text, reference, carrier FROM inbox") == [("abc", f"7-{AMINA}-1", "simulator")]


async def test_a_piece_that_comes_twice_changes_nothing(world: World) -> None:
    await arrive(world, piece("a", 1, 2), piece("a", 1, 2))
    await arrive(world, piece("a", 1, 2), piece("b", 2, 2))
    await arrive(world, piece("b", 2, 2), piece("a", 1, 2))
    world.clock.forward(hours=1)
    assert await join_late(world.context, world.clock()) == 0
    assert await texts(world) == ["ab"]


async def test_the_last_two_pieces_at_once_are_joined_once(world: World) -> None:
    for turn in range(5):
        key = f"k{turn}"
        await asyncio.gather(*(arrive(world, piece("ab"[at - 1], at, 2, key=key)) for at in (1, 2)))
        assert await texts(world) == ["ab"] * (turn + 1)


async def test_who_comes_second_waits_and_sees_the_firsts_piece(world: World) -> None:
    from app.jobs import keeping

    inside, leave = asyncio.Event(), asyncio.Event()
    real = keeping.keep_pieces

    async def slow(*given: object) -> object:
        joined = await real(*given)  # type: ignore[arg-type]
        inside.set()
        await leave.wait()
        return joined

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keeping, "keep_pieces", slow)
        first = asyncio.create_task(arrive(world, piece("a", 1, 2)))
        await inside.wait()
    second = asyncio.create_task(arrive(world, piece("b", 2, 2)))
    done, _ = await asyncio.wait({second}, timeout=0.2)
    assert not done, "it neither misses the other's piece nor joins without it"
    leave.set()
    await asyncio.gather(first, second)
    assert await texts(world) == ["ab"]


async def test_pieces_of_two_people_or_two_lengths_are_not_mixed(world: World) -> None:
    await arrive(world, piece("a", 1, 2), piece("x", 2, 2, sender=BILAL), piece("y", 2, 3, reference="y"))
    assert await texts(world) == []
    await arrive(world, piece("b", 2, 2))
    assert await texts(world) == ["ab"]


async def test_a_phone_that_uses_a_key_again_is_read_again(world: World) -> None:
    for turn in ("first", "second"):
        await arrive(world, *(piece(f"{turn}{at} ", at, 2, reference=f"{turn}{at}") for at in (1, 2)))
    assert await texts(world) == ["first1 first2 ", "second1 second2 "]


async def test_two_texts_with_one_key_at_once_are_told_apart(world: World) -> None:
    for at in (1, 2):
        await arrive(world, *(piece(f"{turn}{at} ", at, 2, reference=f"{turn}{at}") for turn in ("x", "y")))
    assert await texts(world) == ["x1 x2 ", "y1 y2 "]


async def test_a_long_text_stands_where_its_last_piece_came(world: World) -> None:
    short = [InboundText(f"s{at}", AMINA, SENDER, f"short {at}") for at in range(2)]
    await arrive(world, piece("a", 1, 2), short[0], piece("b", 2, 2), short[1])
    assert await texts(world) == ["short 0", "ab", "short 1"]


@pytest.mark.parametrize(
    "part",
    [Part("k", 0, 2), Part("k", 3, 2), Part("k", 1, 1), Part("k", 1, 256), Part("", 1, 2), Part("k" * 201, 1, 2)],
    ids=["none", "past the end", "alone", "too many", "no key", "long key"],
)
async def test_a_piece_with_odd_numbers_is_a_text_of_its_own(world: World, part: Part) -> None:
    await arrive(world, InboundText("odd", AMINA, SENDER, "text", part))
    assert await texts(world) == ["text"]
    assert await value(world, "SELECT count(*) FROM inbox_part") == 0


async def test_two_hundred_and_fifty_five_pieces_are_one_text(world: World) -> None:
    await arrive(world, *(piece("x", at, 255) for at in range(1, 256)))
    assert await texts(world) == ["x" * 255]


# -- what is missing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "text"),
    [((1, 2), "ab…"), ((2, 4), "…b…d"), ((4,), "…d")],
    ids=["the end", "beginning and middle", "all but one"],
)
async def test_after_a_quarter_of_an_hour_a_text_is_read_without_what_is_missing(
    world: World, present: tuple[int, ...], text: str
) -> None:
    await arrive(world, *(piece("abcd"[at - 1], at, 4) for at in present))
    world.clock.now += PATIENCE
    assert await join_late(world.context, world.clock()) == 0, "not yet"
    world.clock.now += timedelta(seconds=1)
    assert await join_late(world.context, world.clock()) == 1
    assert await join_late(world.context, world.clock()) == 0
    assert await texts(world) == [text]
    assert await rows(world, "SELECT waited FROM inbox") == [(True,)], "its turn tells nothing of when it was written"
    # Too late, and still not lost.
    await arrive(world, piece("c", 3, 4))
    world.clock.forward(hours=1)
    assert await join_late(world.context, world.clock()) == 1
    assert await texts(world) == [text, "…c…"]


async def test_what_was_joined_is_in_the_inbox_alone(world: World) -> None:
    await arrive(world, piece("a", 1, 2), piece("b", 2, 2))
    held = await rows(world, "SELECT text, sender_cipher, sender_index FROM inbox_part")
    assert held == [(None, None, None)] * 2


async def test_pieces_that_no_key_opens_hold_up_nobody(world: World) -> None:
    await arrive(world, piece("a", 1, 2), piece("x", 1, 2, sender=BILAL))
    await run(world, "UPDATE inbox_part SET key_version = 9 WHERE text = 'a'")
    world.clock.forward(hours=1)
    assert await join_late(world.context, world.clock()) == 1
    assert await join_late(world.context, world.clock()) == 0
    assert await texts(world) == ["x…"]
    assert await value(world, "SELECT text FROM inbox_part WHERE key_version = 9") == "a", "should the key come back"
