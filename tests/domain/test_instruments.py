"""The published scales, with the numbers their authors give: a row here for each number in the field's table."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.catalogue import load_catalogue
from app.catalogue.instruments import instrument, load_instruments, with_instruments
from app.domain.errors import InvalidError
from app.domain.instruments import InstrumentItemsError, measured, parse_instrument, read

CODES = sorted(load_instruments())


def marks(code: str, items: Sequence[float | None]) -> frozenset[str]:
    reading = read(instrument(code), items)
    assert reading is not None
    return reading.marks


def spread(raw: int, items: int, most: int) -> list[int]:
    """Items that sum to a raw score."""
    given = [0] * items
    for position in range(items):
        given[position] = min(most, raw - sum(given))
    return given


@pytest.mark.parametrize(
    ("items", "percent", "low", "depression"),
    [
        pytest.param([0, 0, 0, 0, 0], 0, True, True, id="the worst there is"),
        pytest.param([2, 2, 1, 1, 1], 28, True, True, id="raw 7 is the last likely depression"),
        pytest.param([2, 2, 2, 1, 1], 32, True, False, id="raw 8 is low and no more"),
        pytest.param([3, 3, 2, 2, 2], 48, True, False, id="raw 12 is the last low"),
        pytest.param([3, 3, 3, 2, 2], 52, False, False, id="raw 13 is not low"),
        pytest.param([5, 5, 5, 5, 5], 100, False, False, id="the best there is"),
    ],
)
def test_who5_is_four_times_the_raw_sum(items: list[int], percent: int, *, low: bool, depression: bool) -> None:
    assert measured(instrument("who-5"), "", items) == percent
    assert ("low" in marks("who-5", items), "likely-depression" in marks("who-5", items)) == (low, depression)
    assert measured(instrument("who-5"), "low", items) == low


def test_a_change_of_ten_points_on_who5_means_something() -> None:
    measure = instrument("who-5").measure()
    assert measure is not None
    assert measure.meaningful == 10


@pytest.mark.parametrize(("items", "positive"), [([1, 2], True), ([1, 1], False), ([3, 0], True), ([0, 0], False)])
def test_phq2_is_positive_from_three(items: list[int], *, positive: bool) -> None:
    assert measured(instrument("phq-2"), "positive", items) == positive


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([3, 0, 1, 1], {"mild", "anxiety"}, id="anxious and not depressed"),
        pytest.param([0, 0, 1, 2], {"mild", "depression"}, id="1+2 is a positive PHQ-2"),
        pytest.param([0, 0, 1, 1], {"none"}, id="1+1 is a negative PHQ-2"),
        pytest.param([0, 0, 0, 0], {"none"}, id="nothing"),
        pytest.param([2, 1, 1, 1], {"mild", "anxiety"}, id="5 is the last mild"),
        pytest.param([2, 1, 2, 1], {"moderate", "anxiety", "depression"}, id="6 is moderate"),
        pytest.param([2, 2, 2, 2], {"moderate", "anxiety", "depression"}, id="8 is the last moderate"),
        pytest.param([3, 2, 2, 2], {"severe", "anxiety", "depression"}, id="9 is severe"),
        pytest.param([3, 3, 3, 3], {"severe", "anxiety", "depression"}, id="12 is severe too"),
    ],
)
def test_phq4_has_four_bands_and_two_halves(items: list[int], expected: set[str]) -> None:
    assert marks("phq-4", items) == expected
    assert measured(instrument("phq-4"), "", items) == sum(items)


@pytest.mark.parametrize(
    ("now", "future", "where"),
    [
        pytest.param(7, 8, {"thriving"}, id="just thriving"),
        pytest.param(7, 7, set(), id="no hope beyond today"),
        pytest.param(6, 10, set(), id="hope alone"),
        pytest.param(4, 5, set(), id="just not suffering"),
        pytest.param(5, 4, set(), id="today better than tomorrow"),
        pytest.param(4, 4, {"suffering"}, id="just suffering"),
        pytest.param(10, 10, {"thriving"}, id="the top"),
        pytest.param(0, 0, {"suffering"}, id="the foot"),
    ],
)
def test_the_ladder_has_gallups_cut_offs_and_whoever_is_on_neither_side_struggles(
    now: int, future: int, where: set[str]
) -> None:
    assert marks("cantril", [now, future]) == where


@pytest.mark.parametrize(
    ("raw", "moderate", "severe"),
    [
        pytest.param(0, 0, 0, id="nothing affirmed is secure"),
        pytest.param(1, 0.038, 0.000, id="1"),
        pytest.param(2, 0.120, 0.000, id="2"),
        pytest.param(3, 0.337, 0.001, id="3"),
        pytest.param(4, 0.642, 0.008, id="4"),
        pytest.param(5, 0.871, 0.058, id="5"),
        pytest.param(6, 0.966, 0.268, id="6"),
        pytest.param(7, 0.989, 0.649, id="7"),
    ],
)
def test_fies_gives_the_published_probabilities(raw: int, moderate: float, severe: float) -> None:
    items = spread(raw, 8, 1)
    assert measured(instrument("fies"), "", items) == pytest.approx(moderate, abs=5e-4)
    assert measured(instrument("fies"), "severe", items) == pytest.approx(severe, abs=5e-4)


def test_a_raw_fies_score_is_labelled_screening_and_no_item_stands_alone() -> None:
    screening = instrument("fies").measure("screening")
    assert screening is not None
    assert "screening" in screening.unit
    assert measured(instrument("fies"), "screening", [1, 0, 1, 0, 0, 0, 0, 1]) == 3
    assert not instrument("fies").per_item
    everything = measured(instrument("fies"), "severe", [1] * 8)
    assert everything == pytest.approx(0.800, abs=5e-4), "all eight counts as seven and a half"


@pytest.mark.parametrize(
    ("raw", "younger", "older", "younger_read", "older_read"),
    [(0, 14, 14, 16, 18), (20, 50, 53, 52, 50), (40, 86, 95, 91, 87)],
)
def test_the_cfpbs_look_up(raw: int, younger: int, older: int, younger_read: int, older_read: int) -> None:
    items = spread(raw, 10, 4)
    told = [
        measured(instrument("cfpb"), "", items, table) for table in ("18-61/self", "62+/self", "18-61/read", "62+/read")
    ]
    assert told == [younger, older, younger_read, older_read]


def test_the_cfpbs_look_up_is_whole_and_never_falls() -> None:
    for row in instrument("cfpb").tables.values():
        assert len(row) == 41
        assert list(row) == sorted(row)
    with pytest.raises(InstrumentItemsError, match="no look-up"):
        measured(instrument("cfpb"), "", [2] * 10, "18-61/sung")


def test_life_satisfaction_has_a_mean_and_no_cut_off() -> None:
    assert measured(instrument("life-satisfaction"), "", [7]) == 7
    assert not instrument("life-satisfaction").cuts


def test_a_recommendation_score_is_the_share_of_nine_and_ten_less_that_of_six_and_below() -> None:
    people = [9] * 15 + [10] * 10 + [7] * 30 + [8] * 25 + [6] * 12 + [0] * 8
    scores = [measured(instrument("recommendation"), "", [answer]) or 0.0 for answer in people]
    assert sum(scores) / len(scores) == pytest.approx(5)
    assert (min(scores), max(scores)) == (-100, 100)


@pytest.mark.parametrize(
    ("items", "score", "lonely"), [([2, 2, 2], 6, True), ([1, 1, 1], 3, False), ([2, 2, 1], 5, False)]
)
def test_three_items_of_loneliness(items: list[int], score: int, *, lonely: bool) -> None:
    assert measured(instrument("ucla-3"), "", items) == score
    assert measured(instrument("ucla-3"), "lonely", items) == lonely


def test_signs_of_forced_labour_never_add_up() -> None:
    signs = instrument("forced-labour")
    assert len(signs.items) == 11
    assert signs.measures == ()
    with pytest.raises(InstrumentItemsError, match="not a scale"):
        measured(signs, "", [0] * 11)


# -- every instrument -----------------------------------------------------------------------------


@given(st.sampled_from(CODES), st.data())
def test_a_missing_item_means_no_score(code: str, data: st.DataObject) -> None:
    scale = instrument(code)
    items: list[float | None] = [float(scale.low)] * len(scale.items)
    items[data.draw(st.integers(0, len(items) - 1))] = None
    assert read(scale, items) is None
    assert all(measured(scale, measure.name, items) is None for measure in scale.measures)


@given(st.sampled_from(CODES), st.data())
def test_every_measure_stays_in_its_range(code: str, data: st.DataObject) -> None:
    scale = instrument(code)
    items = data.draw(
        st.lists(st.integers(scale.low, scale.high), min_size=len(scale.items), max_size=len(scale.items))
    )
    for measure in scale.measures:
        value = measured(scale, measure.name, items)
        assert value is not None
        assert measure.low <= value <= measure.high


@pytest.mark.parametrize(
    ("code", "items", "told"),
    [
        pytest.param("who-5", [1, 1, 1, 1], "WHO-5 has 5 items; 4 were given", id="too few"),
        pytest.param("who-5", [1] * 6, "WHO-5 has 5 items; 6 were given", id="too many"),
        pytest.param("who-5", [1, 1, 6, 1, 1], "Item 3 of WHO-5 is a whole number from 0 to 5, not 6", id="too high"),
        pytest.param("who-5", [-1, 1, 1, 1, 1], "Item 1 of WHO-5 .* not -1", id="too low"),
        pytest.param("who-5", [1, 1, 1, 1, 2.5], "Item 5 of WHO-5 .* not 2.5", id="not whole"),
        pytest.param("who-5", [None, 1, 1, 1, 9], "Item 5 .* not 9", id="wrong even where another is missing"),
        pytest.param("ucla-3", [0, 1, 1], "from 1 to 3, not 0", id="each has its own range"),
        pytest.param("phq-4", [4, 0, 0, 0], "from 0 to 3, not 4", id="and its own end"),
    ],
)
def test_items_outside_the_instrument_are_refused(code: str, items: list[float | None], told: str) -> None:
    with pytest.raises(InstrumentItemsError, match=told) as refused:
        read(instrument(code), items)
    assert isinstance(refused.value, InvalidError)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize("code", CODES)
def test_every_instrument_names_its_source_its_terms_and_its_wordings(code: str) -> None:
    scale = instrument(code)
    assert scale.source
    assert scale.terms
    assert scale.wordings
    document = load_instruments()[code]
    assert document["added"]
    assert document["missing"]


def test_a_positive_screen_for_depression_always_offers_help() -> None:
    known = set(load_catalogue().categories)
    for code in ("who-5", "phq-2", "phq-4"):
        helps = instrument(code).helps
        assert helps
        assert {row.category for row in helps} <= known


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"items": None}, id="no items"),
        pytest.param({"tables": {"t": [1, 2]}}, id="a look-up of another length"),
        pytest.param({"measures": [{"name": "m", "cut": "gone", "unit": "u"}]}, id="a measure of no cut-off"),
        pytest.param({"measures": [{"name": "m", "unit": "u"}]}, id="a measure of nothing"),
        pytest.param(
            {"helps": [{"when": "gone", "category": "c", "urgency": "u", "sensitivity": "s"}]}, id="help for nobody"
        ),
    ],
)
def test_a_malformed_instrument_stops_the_program(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidError, match="malformed"):
        parse_instrument({**load_instruments()["who-5"], **wrong})


def test_a_survey_carries_the_instruments_it_names_and_no_rule_of_its_own_for_them() -> None:
    mine = {"indicators": [{"scoring": "who-5"}, {"scoring": "mean"}], "instruments": {"who-5": {"times": 5}}}
    assert with_instruments(mine)["instruments"] == {"who-5": load_instruments()["who-5"]}
    assert with_instruments({"indicators": [{"scoring": "mean"}], "instruments": {}}) == {
        "indicators": [{"scoring": "mean"}]
    }
    for oddity in ([1], {"indicators": 3}, {"indicators": ["x"]}):
        assert with_instruments(oddity) == oddity
