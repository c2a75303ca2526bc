"""Buckets of segments, and whose turn it is."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.pacing import Bucket, Candidate, Sender, in_turn, shares

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_a_bucket_fills_with_the_time_that_passed_up_to_what_it_holds() -> None:
    bucket = Bucket(0, NOON, rate=4)
    assert bucket.filled(NOON + timedelta(seconds=3)).tokens == 12
    assert bucket.filled(NOON + timedelta(hours=3)).tokens == bucket.holds == 20


def test_a_host_whose_clock_is_behind_adds_nothing_and_takes_nothing_away() -> None:
    assert Bucket(7, NOON, rate=4).filled(NOON - timedelta(seconds=90)) == Bucket(7, NOON, rate=4)


@pytest.mark.parametrize(
    ("tokens", "mean", "texts"),
    [
        pytest.param(10, 1, 10, id="texts of one segment"),
        pytest.param(10, 3, 3, id="the part of a text is none"),
        pytest.param(2.9, 3, 0, id="not enough for one"),
        pytest.param(-4, 1, 0, id="in debt"),
        pytest.param(10, 12, 1, id="a text longer than the bucket is deep leaves when it is full"),
    ],
)
def test_a_bucket_pays_for_whole_texts(tokens: float, mean: float, texts: int) -> None:
    assert Bucket(tokens, NOON, rate=1, mean=mean).texts == texts


def test_it_is_known_when_a_bucket_pays_again_and_then_it_does() -> None:
    bucket = Bucket(-17.3, NOON, rate=0.7, mean=2.3)
    ready = bucket.ready_at
    assert bucket.filled(ready - timedelta(seconds=1)).texts == 0
    assert bucket.filled(ready).texts == 1
    assert Bucket(5, NOON, rate=1).ready_at == NOON


A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_each_programme_has_its_part_and_each_sender_of_it() -> None:
    senders = [*(Sender(at, A, 50) for at in range(9)), Sender(9, B, 500), Sender(10, C, 3)]
    assert shares(senders, 90) == [4] * 9 + [30, 3]


def candidates(*groups: tuple[int, UUID, int, int]) -> list[Candidate]:
    """Of (sender, programme, priority, how many)."""
    return [
        Candidate(UUID(int=sender * 10_000 + priority * 1000 + at), sender, programme, priority)
        for sender, programme, priority, count in groups
        for at in range(count)
    ]


def test_the_urgent_go_first_whoever_they_belong_to() -> None:
    waiting = candidates((1, A, 9, 5), (2, B, 0, 2), (1, A, 4, 1))
    chosen = in_turn(waiting, {1: 9, 2: 9}, 4)
    assert [item.priority for item in chosen] == [0, 0, 4, 9]


def test_a_million_of_one_programme_delay_ten_of_another_by_nothing() -> None:
    chosen = in_turn(candidates((1, A, 9, 900), (2, B, 9, 10)), {1: 900, 2: 10}, 20)
    assert Counter(item.programme for item in chosen) == {A: 10, B: 10}


def test_many_senders_of_one_programme_are_no_more_than_one_of_another() -> None:
    waiting = candidates(*((at, A, 9, 10) for at in range(9)), (9, B, 9, 10))
    chosen = in_turn(waiting, dict.fromkeys(range(10), 10), 18)
    assert Counter(item.programme for item in chosen) == {A: 9, B: 9}
    assert Counter(item.sender for item in chosen if item.programme == A) == dict.fromkeys(range(9), 1)


def test_no_sender_hands_over_more_than_its_bucket_pays_for_whatever_the_priority() -> None:
    waiting = candidates((1, A, 0, 2), (1, A, 9, 5), (2, B, 9, 5))
    chosen = in_turn(waiting, {1: 3, 2: 1}, 100)
    assert Counter(item.sender for item in chosen) == {1: 3, 2: 1}
    assert [item.priority for item in chosen if item.sender == 1] == [0, 0, 9], "the urgent of what it has"
