"""Buckets of segments, and whose turn it is."""

from collections import Counter
from datetime import UTC, datetime, timedelta

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


def test_each_programme_has_its_part_and_each_sender_of_it() -> None:
    senders = [*(Sender(f"a{at}", "A", 50) for at in range(9)), Sender("b", "B", 500), Sender("c", "C", 3)]
    assert shares(senders, 90) == [4] * 9 + [30, 3]


def candidates(*groups: tuple[str, str, int, int]) -> list[Candidate]:
    """Of (sender, programme, priority, how many)."""
    return [
        Candidate(f"{sender}{priority}-{at}", sender, programme, priority)
        for sender, programme, priority, count in groups
        for at in range(count)
    ]


def test_the_urgent_go_first_whoever_they_belong_to() -> None:
    waiting = candidates(("a", "A", 9, 5), ("b", "B", 0, 2), ("a", "A", 4, 1))
    chosen = in_turn(waiting, {"a": 9, "b": 9}, 4)
    assert [item.priority for item in chosen] == [0, 0, 4, 9]


def test_a_million_of_one_programme_delay_ten_of_another_by_nothing() -> None:
    waiting = candidates(("a", "A", 9, 1000), ("b", "B", 9, 10))
    chosen = in_turn(waiting, {"a": 1000, "b": 10}, 20)
    assert Counter(item.programme for item in chosen) == {"A": 10, "B": 10}


def test_many_senders_of_one_programme_are_no_more_than_one_of_another() -> None:
    waiting = candidates(*((f"a{at}", "A", 9, 10) for at in range(9)), ("b", "B", 9, 10))
    allowed = {item.sender: 10 for item in waiting}
    chosen = in_turn(waiting, allowed, 18)
    assert Counter(item.programme for item in chosen) == {"A": 9, "B": 9}
    assert Counter(item.sender for item in chosen if item.programme == "A") == {f"a{at}": 1 for at in range(9)}


def test_no_sender_hands_over_more_than_its_bucket_pays_for_whatever_the_priority() -> None:
    waiting = candidates(("a", "A", 0, 2), ("a", "A", 9, 5), ("b", "B", 9, 5))
    chosen = in_turn(waiting, {"a": 3, "b": 1}, 100)
    assert Counter(item.sender for item in chosen) == {"a": 3, "b": 1}
    assert [item.text for item in chosen if item.sender == "a"] == ["a0-0", "a0-1", "a9-0"]
