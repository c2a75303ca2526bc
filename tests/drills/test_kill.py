"""kill -9 through a round over Debian's Kannel, in short; `make drill` plays the long one.

These tests run in real time: what is killed, and when, is what they are about. Every wait has a bound.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.drills.kill import SENDERS, Drill, Plan, Verdict
from tests.drills.stage import staged
from tests.peers.kannel import skip_without_kannel

pytestmark = [pytest.mark.peer, pytest.mark.drill]

PEOPLE, QUESTIONS, KILLS = 60, 3, 10


@contextmanager
def folder() -> Iterator[Path]:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def play(plan: Plan, *, people: int, questions: int, pace: float, entry: str = "app.cli") -> Verdict:
    skip_without_kannel()
    with folder() as place, staged(place, people, questions, pace, seed=plan.seed, entry=entry) as stage:
        return Drill(stage, plan).run()


def test_whoever_is_killed_no_text_goes_twice_and_no_reply_is_lost() -> None:
    plan = Plan(KILLS, (0.3, 1.3), stops=1, patience=120, seed=4)
    verdict = play(plan, people=PEOPLE, questions=QUESTIONS, pace=25)
    assert not verdict.faults(), verdict.told()
    assert verdict.kills.total() >= KILLS
    assert verdict.answers == PEOPLE * QUESTIONS
    assert verdict.replies == PEOPLE * (QUESTIONS + 1)
    assert verdict.unknown == verdict.found_sent + verdict.sent_again
    assert verdict.doubled_by_kannel <= 3


def test_the_drill_catches_a_sender_that_posts_and_then_commits() -> None:
    told: list[object] = []
    for seed in (2, 3, 5):  # when a process is killed is chance: three rounds at most
        plan = Plan(3, (0, 0), victims=(SENDERS,), patience=15, seed=seed)
        # So many at once that a batch is always on its way.
        verdict = play(plan, people=150, questions=1, pace=150, entry="tests.drills.naive_worker")
        if verdict.twice:
            return
        told.append(verdict.told())
    pytest.fail(f"the naive sender texted nobody twice: {told}")
