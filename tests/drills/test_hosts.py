"""A round on several hosts of which some are cut off and healed, and over a PostgreSQL that crashes, in short."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.drills.kill import HOST, POSTGRES, Drill, Plan, Verdict
from tests.drills.network import Network, NoNetworkError
from tests.drills.stage import HOSTS, staged
from tests.peers.kannel import skip_without_kannel

pytestmark = [pytest.mark.peer, pytest.mark.drill]

PEOPLE, QUESTIONS = 40, 2


def play(plan: Plan, network: Network | None = None) -> Verdict:
    skip_without_kannel()
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with (
        TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as folder,
        staged(Path(folder), PEOPLE, QUESTIONS, 15, seed=plan.seed, network=network) as stage,
    ):
        return Drill(stage, plan).run()


def is_whole(verdict: Verdict) -> None:
    assert not verdict.faults(), verdict.told()
    assert verdict.answers == PEOPLE * QUESTIONS
    assert verdict.replies == PEOPLE * (QUESTIONS + 1)


def test_hosts_that_are_cut_off_and_healed_text_nobody_twice_and_lose_no_reply() -> None:
    try:
        with Network("db", *HOSTS) as network:
            is_whole(play(Plan(2, (0.5, 1), (HOST,), cuts=(3, 5), patience=180, seed=2), network))
    except NoNetworkError as problem:
        pytest.skip(f"SEVERAL HOSTS ARE NOT DRILLED: no network can be made here ({problem})")


def test_a_postgresql_that_crashes_under_load_costs_no_text_and_no_reply() -> None:
    is_whole(play(Plan(1, (1, 2), (POSTGRES,), patience=180, seed=3)))
