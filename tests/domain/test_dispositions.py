"""Who answered, by AAPOR's book."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dispositions import Case, Disposition, OutcomeRates, disposition_of, outcome_rates

FIXTURE = {
    Disposition.COMPLETE: 200,
    Disposition.PARTIAL: 40,
    Disposition.REFUSAL: 30,
    Disposition.NON_CONTACT: 180,
    Disposition.OTHER: 10,
    Disposition.UNKNOWN: 340,
    Disposition.NOT_ELIGIBLE: 60,
}


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(name, value, id=name)
        for name, value in {
            "e": 0.8846,
            "rr1": 0.2500,
            "rr2": 0.3000,
            "rr3": 0.2629,
            "rr4": 0.3155,
            "rr5": 0.4348,
            "rr6": 0.5217,
            "coop1": 0.7143,
            "coop2": 0.8571,
            "coop3": 0.7407,
            "coop4": 0.8889,
            "ref1": 0.0375,
            "ref2": 0.0394,
            "ref3": 0.0652,
            "con1": 0.3500,
            "con2": 0.3680,
            "con3": 0.6087,
        }.items()
    ],
)
def test_the_rates_are_the_published_ones(rate: str, expected: float) -> None:
    assert asdict(outcome_rates(FIXTURE))[rate] == pytest.approx(expected, abs=5e-5)


def test_people_never_attempted_are_outside_every_rate() -> None:
    assert outcome_rates({**FIXTURE, Disposition.NOT_ATTEMPTED: 5000}) == outcome_rates(FIXTURE)


def test_an_empty_round_has_no_rates() -> None:
    assert outcome_rates({}) == OutcomeRates(*[None] * 17)


def test_where_nothing_is_known_of_anyone_eligibility_cannot_be_estimated() -> None:
    rates = outcome_rates({Disposition.UNKNOWN: 50})
    assert (rates.e, rates.rr1, rates.rr3, rates.rr5) == (None, 0, None, None)


def test_where_all_are_ineligible_the_unknown_are_taken_to_be_so() -> None:
    rates = outcome_rates({Disposition.NOT_ELIGIBLE: 5, Disposition.UNKNOWN: 50})
    assert (rates.e, rates.rr1, rates.rr3) == (0, 0, None)


def test_people_cannot_be_fewer_than_none() -> None:
    with pytest.raises(ValueError):
        outcome_rates({Disposition.COMPLETE: -1})


@given(st.dictionaries(st.sampled_from(Disposition), st.integers(0, 1000)))
def test_every_rate_is_a_share_and_a_kinder_denominator_never_lowers_it(counts: dict[Disposition, int]) -> None:
    rates = outcome_rates(counts)
    assert all(rate is None or 0 <= rate <= 1 + 1e-12 for rate in asdict(rates).values())
    if rates.rr1 is not None and rates.rr3 is not None and rates.rr5 is not None:
        assert rates.rr1 <= rates.rr3 + 1e-12
        assert rates.rr3 <= rates.rr5 + 1e-12


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(Case(complete=True, answered=9), Disposition.COMPLETE, id="every question answered"),
        pytest.param(Case(complete=True, answered=9, stopped=True), Disposition.COMPLETE, id="STOP after the end"),
        pytest.param(Case(reached_partial=True, answered=5), Disposition.PARTIAL, id="reached the partial point"),
        pytest.param(
            Case(reached_partial=True, answered=5, stopped=True), Disposition.PARTIAL, id="STOP past the partial point"
        ),
        pytest.param(Case(answered=2), Disposition.REFUSAL, id="answered and stopped short"),
        pytest.param(Case(stopped=True, delivered=True), Disposition.REFUSAL, id="STOP"),
        pytest.param(Case(refused=True, delivered=True), Disposition.REFUSAL, id="no to consent"),
        pytest.param(Case(delivered=True, roster_confirmed=True), Disposition.NON_CONTACT, id="silent, on the roster"),
        pytest.param(Case(delivered=True), Disposition.UNKNOWN, id="silent, on a list nobody checked"),
        pytest.param(Case(delivered=False, roster_confirmed=True), Disposition.UNKNOWN, id="delivery failed"),
        pytest.param(Case(roster_confirmed=True), Disposition.UNKNOWN, id="delivery unknown"),
        pytest.param(Case(delivered=False, dead_number=True), Disposition.NOT_ELIGIBLE, id="dead number"),
        pytest.param(Case(complete=True, dead_number=True), Disposition.COMPLETE, id="a number that died afterwards"),
        pytest.param(Case(not_eligible=True, answered=1), Disposition.NOT_ELIGIBLE, id="not a worker, or under age"),
        pytest.param(
            Case(not_eligible=True, complete=True), Disposition.NOT_ELIGIBLE, id="answered all and is under age"
        ),
        pytest.param(Case(only_unclear=True, delivered=True), Disposition.OTHER, id="only unintelligible replies"),
        pytest.param(Case(language_not_offered=True), Disposition.OTHER, id="language not offered"),
        pytest.param(Case(only_unclear=True, stopped=True), Disposition.REFUSAL, id="unclear, then STOP"),
        pytest.param(Case(attempted=False), Disposition.NOT_ATTEMPTED, id="quota full"),
        pytest.param(Case(attempted=False, roster_confirmed=True), Disposition.NOT_ATTEMPTED, id="cancelled"),
    ],
)
def test_an_sms_case_has_its_disposition(case: Case, expected: Disposition) -> None:
    assert disposition_of(case) is expected
