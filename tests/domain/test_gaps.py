"""Where a need finds no service: nobody, nobody free, nobody known to be there, nobody near."""

from datetime import UTC, date, datetime

import pytest

from app.domain.gaps import Coverage, gap
from app.domain.matching import Candidate, NeedToMatch
from app.domain.registry import Location, Service
from app.domain.survey import Urgency

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
FRESH, STALE = date(2026, 10, 1), date(2025, 10, 1)
GAZIPUR = NeedToMatch("n", "food", Urgency.NORMAL, "BD", 23.99, 90.42)
HERE = Location("here", "physical", "Gazipur", 23.99, 90.43, "BD", "Gazipur")
FAR = Location("far", "physical", "Chattogram", 22.36, 91.78, "BD", "Chattogram")
UNMEASURED = Location("somewhere", "physical", "Dhaka", None, None, "BD", "Dhaka")
ABROAD = Location("abroad", "physical", "Nairobi", -1.29, 36.82, "KE", "Nairobi")
LINE = Location("line", "virtual", "By phone", None, None, "", "")


def candidate(
    *places: Location, capacity: int | None = None, load: int = 0, verified: date | None = FRESH, offers: str = "food"
) -> Candidate:
    service = Service(
        id="s", organization_id="o", name="Kitchen", sms_name="Kitchen", status="active", categories=(offers,),
        capacity=capacity,
    )  # fmt: skip
    return Candidate(service, places, load, verified)


@pytest.mark.parametrize(
    ("candidates", "coverage", "services", "nearest"),
    [
        pytest.param([], Coverage.NONE, 0, None, id="nobody"),
        pytest.param([candidate(HERE, offers="legal")], Coverage.NONE, 0, None, id="another kind"),
        pytest.param([candidate(ABROAD)], Coverage.NONE, 0, None, id="another country"),
        pytest.param([candidate(HERE, capacity=2, load=2)], Coverage.FULL, 1, None, id="no place left"),
        pytest.param([candidate(HERE, verified=STALE)], Coverage.STALE, 1, None, id="nobody verified it for a year"),
        pytest.param([candidate(HERE, verified=None)], Coverage.STALE, 1, None, id="nobody ever did"),
        pytest.param([candidate(FAR)], Coverage.FAR, 1, 228.4, id="a day's travel"),
        pytest.param([candidate(FAR, LINE)], Coverage.SERVED, 1, None, id="reached by phone too"),
        pytest.param([candidate()], Coverage.SERVED, 1, None, id="nowhere in particular"),
        pytest.param([candidate(UNMEASURED)], Coverage.SERVED, 1, None, id="nobody measured where"),
        pytest.param([candidate(HERE, FAR)], Coverage.SERVED, 1, 1.0, id="near"),
        pytest.param([candidate(HERE, capacity=2, load=1)], Coverage.SERVED, 1, 1.0, id="a place left"),
    ],
)
def test_a_gap_is_told_by_its_kind(
    candidates: list[Candidate], coverage: Coverage, services: int, nearest: float | None
) -> None:
    told = gap(GAZIPUR, candidates, NOW)
    assert (told.coverage, told.services, told.nearest_km) == (coverage, services, nearest)


def test_in_a_whole_country_no_distance_is_told() -> None:
    told = gap(NeedToMatch("n", "food", Urgency.NORMAL, "BD"), [candidate(FAR)], NOW)
    assert (told.coverage, told.nearest_km) == (Coverage.SERVED, None)
