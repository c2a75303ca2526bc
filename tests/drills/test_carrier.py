"""A vendor that is slow, refuses, fails over what it has taken, and loses, doubles and reorders what it tells."""

import random

import pytest

from tests.conftest import World
from tests.drills.carrier import CarrierDrill
from tests.drills.vendors import BadAggregator, BadTwilio

PEOPLE, QUESTIONS = 15, 2


@pytest.mark.parametrize("fake", [BadTwilio, BadAggregator])
async def test_whatever_a_vendor_does_no_text_goes_twice_and_no_reply_is_lost(
    world: World, fake: type[BadTwilio | BadAggregator]
) -> None:
    async with fake(dice=random.Random(5)) as vendor:  # noqa: S311 - a drill is played again by its seed
        found = await CarrierDrill(world, vendor, PEOPLE, QUESTIONS, seed=6).run()
    assert not found.faults(), found.told()
    assert found.answers == PEOPLE * QUESTIONS
    assert found.replies == PEOPLE * (QUESTIONS + 1)
    assert found.texts == PEOPLE * (QUESTIONS + 2)
    assert found.dropped
