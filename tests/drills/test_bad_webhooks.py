"""Thousands of bad requests at every road and REST, in short; `make drill ARGS=webhooks` sends a hundred thousand."""

from tests.conftest import World
from tests.drills.bad_webhooks import Strangers

REQUESTS = 3000


async def test_no_bad_request_breaks_the_service_and_nothing_is_kept_that_was_not_signed(world: World) -> None:
    found = await Strangers(world, REQUESTS, seed=1).run()
    assert not found.faults(), (found.told(), found.faults())
    assert found.requests == REQUESTS
    assert found.true_letters > REQUESTS / 20
