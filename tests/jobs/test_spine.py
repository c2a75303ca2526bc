"""The whole way of the data in one story, on a real PostgreSQL."""

from app.domain.rounds import parse_plan
from app.jobs.engine import settle_simulator
from app.jobs.keeping import keep
from app.jobs.launching import Launch, launch_round
from app.jobs.writing import load_bundled
from tests.conftest import AMINA, SENDER, World

ACCEPTED = {"by": "test", "reason": "a test reads no wording"}


async def say(world: World, number: str, text: str) -> list[str]:
    inbound = world.simulator.type_text(number, SENDER, text, world.clock())
    await keep(world.context, "simulator", [inbound], world.clock())
    await settle_simulator(world.context, world.simulator, world.clock())
    return world.texts(number)


async def test_a_worker_is_asked_answers_and_is_thanked(world: World) -> None:
    await load_bundled(world.context, world.id, world.clock())
    await world.roster(f"{AMINA},gazipur,en,female")
    plan = parse_plan({"spread_minutes": 0})
    await launch_round(world.context, world.id, Launch("life", "Life", plan, accept_drafts=ACCEPTED), world.clock())
    await settle_simulator(world.context, world.simulator, world.clock())
    assert len(world.texts(AMINA)) == 1
    for reply in ("1", "7", "8", "nine"):
        texts = await say(world, AMINA, reply)
    assert len(texts) == 5
    async with world.context.database.transaction() as store:
        assert await store.value("SELECT disposition FROM invitation") == "complete"
        assert await store.value("SELECT count(*) FROM score") == 2
