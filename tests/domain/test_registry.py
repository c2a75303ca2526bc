"""A registry comes in many shapes and never whole: what stands is kept, the rest is reported where it stands."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Fault, InvalidError
from app.domain.registry import Location, Organization, Registry, Schedule, Service, parse_registry, zone_of

Json = dict[str, Any]

ORG = "6f1d3f0e-0000-4000-8000-000000000001"
LEGAL = "6f1d3f0e-0000-4000-8000-000000000002"
CLINIC = "6f1d3f0e-0000-4000-8000-000000000003"
SAVAR = "6f1d3f0e-0000-4000-8000-000000000004"
OTHER = "6f1d3f0e-0000-4000-8000-000000000005"


def location(**changes: Any) -> Json:
    return {
        "id": SAVAR,
        "location_type": "physical",
        "name": "Savar office",
        "latitude": 23.85,
        "longitude": "90.26",
        "addresses": [{"id": OTHER, "country": "bd", "city": "Savar"}],
    } | changes


def service(**changes: Any) -> Json:
    return {"id": LEGAL, "name": "Legal aid", "status": "active"} | changes


def organization(**changes: Any) -> Json:
    return {"id": ORG, "name": "Workers' House", "description": "Help for garment workers"} | changes


def read_one(row: Json) -> Service:
    registry, faults = parse_registry([organization(services=[row])])
    assert faults == []
    return registry.services[0]


def faults_of(document: object) -> list[tuple[str, str]]:
    return [(fault.place, fault.severity) for fault in parse_registry(document)[1]]


WHOLE = organization(
    phones=[{"id": OTHER, "number": "+880 2 000000"}],
    services=[
        service(
            alternate_name="Law help",
            description="Advice on wages",
            attributes=[{"id": OTHER, "taxonomy_term": {"id": OTHER, "code": "wages", "name": "Wages"}}],
            terms=[{"code": "hours"}, {"code": "hours"}],
            languages=[{"id": OTHER, "code": "BN"}, {"id": OTHER, "code": "pt-BR"}],
            schedules=[
                {
                    "id": OTHER,
                    "freq": "weekly",
                    "byday": "SU, mo",
                    "opens_at": "09:00",
                    "closes_at": "17:00:00",
                    "timezone": "Asia/Dhaka",
                }
            ],
            capacities=[{"id": OTHER, "available": 3}, {"id": OTHER, "available": "2"}],
            phones=[{"id": OTHER, "number": "16357"}],
            assured_date="2026-10-01",
            service_at_locations=[{"id": OTHER, "location": location(), "schedules": [{"byday": "2FR"}]}],
        )
    ],
)


def test_an_organization_with_its_services_is_read_whole() -> None:
    registry, faults = parse_registry({"organizations": [WHOLE]})
    assert faults == []
    assert registry == Registry(
        organizations=(Organization(ORG, "Workers' House", "Help for garment workers"),),
        services=(
            Service(
                id=LEGAL,
                organization_id=ORG,
                name="Legal aid",
                sms_name="Law help",
                status="active",
                description="Advice on wages",
                categories=("wages", "hours"),
                languages=("bn", "pt-BR"),
                schedules=(Schedule(("SU", "MO"), time(9), time(17), "WEEKLY", "Asia/Dhaka"), Schedule(("2FR",))),
                capacity=5,
                phones=("16357",),
                locations=(SAVAR,),
                assured_on=date(2026, 10, 1),
            ),
        ),
        locations=(Location(SAVAR, "physical", "Savar office", 23.85, 90.26, "BD", "Savar"),),
    )


def test_the_document_stays_beside_what_was_read() -> None:
    registry, _ = parse_registry([organization(url="x", services=[service(fees="none")])])
    assert registry.organizations[0].raw["url"] == "x"
    assert registry.services[0].raw == service(fees="none")


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda: {"organizations": [organization(services=[service()])]}, id="organizations"),
        pytest.param(lambda: [organization(services=[service()])], id="list of organizations"),
        pytest.param(lambda: organization(services=[service()]), id="one organization"),
        pytest.param(lambda: [service(organization=organization())], id="list of services"),
        pytest.param(lambda: service(organization=organization()), id="one service"),
        pytest.param(lambda: {"services": [service(organization=organization())]}, id="services"),
        pytest.param(lambda: {"total_items": 1, "contents": [service(organization=organization())]}, id="a page"),
        pytest.param(
            lambda: {"organizations": [organization()], "services": [service(organization_id=ORG.upper())]},
            id="side by side",
        ),
    ],
)
def test_every_shape_of_hsds_gives_the_same_registry(shape: Callable[[], object]) -> None:
    registry, faults = parse_registry(shape())
    assert faults == []
    assert registry == Registry(
        (Organization(ORG, "Workers' House", "Help for garment workers"),), (read_one(service()),)
    )


def test_nothing_in_the_right_shape_is_an_empty_registry() -> None:
    assert parse_registry([]) == (Registry(), [])
    assert parse_registry({"organizations": []}) == (Registry(), [])


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="nothing"),
        pytest.param("organizations", id="a text"),
        pytest.param({}, id="an empty object"),
        pytest.param({"version": "3.1"}, id="the base page of the API"),
        pytest.param({"organizations": "many"}, id="no list"),
        pytest.param({"locations": []}, id="locations alone"),
        pytest.param([1, "two"], id="a list of no objects"),
        pytest.param({"contents": [3]}, id="a page of no objects"),
        pytest.param(location(), id="a location"),
        pytest.param([{"id": OTHER, "code": "x", "name": "X", "taxonomy": "Ours"}], id="taxonomy terms"),
    ],
)
def test_what_is_not_hsds_at_all_is_refused(document: object) -> None:
    with pytest.raises(InvalidError, match="not HSDS"):
        parse_registry(document)


def test_a_broken_row_is_reported_at_its_place_and_its_neighbours_stand() -> None:
    registry, faults = parse_registry(
        {"organizations": [organization(id=OTHER), organization(services=[service(name=" "), service(id=CLINIC)]), 7]}
    )
    assert [kept.id for kept in registry.services] == [CLINIC]
    assert len(registry.organizations) == 2
    assert faults == [
        Fault("organizations[2]", "should be an object"),
        Fault("organizations[1].services[0].name", "is required"),
    ]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        pytest.param(service(id=None), "id", id="no id"),
        pytest.param(service(id="12"), "id", id="id is no UUID"),
        pytest.param(service(name=None), "name", id="no name"),
        pytest.param(service(status=None), "status", id="no status"),
        pytest.param(service(status="open"), "status", id="unknown status"),
    ],
)
def test_a_service_without_what_hsds_requires_is_left_out(row: Json, place: str) -> None:
    document = [organization(services=[row])]
    assert parse_registry(document)[0].services == ()
    assert faults_of(document) == [(f"organizations[0].services[0].{place}", "error")]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        pytest.param(service(description=5), "description", id="description is no text"),
        pytest.param(service(phones="16357"), "phones", id="phones are no list"),
        pytest.param(service(languages=[{"name": "Bengali"}]), "languages[0].code", id="language without a code"),
        pytest.param(
            service(attributes=[{"taxonomy_term_id": OTHER}]), "attributes[0].taxonomy_term", id="a dangling term"
        ),
        pytest.param(
            service(capacities=[{"available": "many"}]), "capacities[0].available", id="capacity is no number"
        ),
        pytest.param(service(capacities=[{"available": True}]), "capacities[0].available", id="capacity is a yes"),
        pytest.param(
            service(capacities=[{"available": 10**400}]), "capacities[0].available", id="capacity beyond numbers"
        ),
        pytest.param(service(assured_date="last year"), "assured_date", id="no date"),
        pytest.param(service(schedules=[{"opens_at": "nine"}]), "schedules[0].opens_at", id="no time"),
        pytest.param(service(schedules=[{"byday": "MO,XX"}]), "schedules[0].byday", id="no day"),
        pytest.param(service(schedules=[{"timezone": "Mars/Base"}]), "schedules[0].timezone", id="no zone"),
        pytest.param(service(schedules=[{"timezone": 15}]), "schedules[0].timezone", id="too far from UTC"),
        pytest.param(
            service(service_at_locations=[{"location_id": CLINIC}]),
            "service_at_locations[0].location_id",
            id="a dangling location",
        ),
    ],
)
def test_a_service_stands_without_a_field_that_cannot_be_read(row: Json, place: str) -> None:
    document = [organization(services=[row])]
    assert len(parse_registry(document)[0].services) == 1
    assert faults_of(document) == [(f"organizations[0].services[0].{place}", "warning")]


def test_a_field_that_should_hold_an_object_is_reported() -> None:
    document = [organization(services=[service(attributes=[{"taxonomy_term": "wages"}])])]
    assert ("organizations[0].services[0].attributes[0].taxonomy_term", "warning") in faults_of(document)


def test_an_organization_stands_without_a_description_and_not_without_a_name() -> None:
    registry, faults = parse_registry([organization(description=None), organization(id=OTHER, name="")])
    assert [kept.id for kept in registry.organizations] == [ORG]
    assert [(fault.place, fault.severity) for fault in faults] == [
        ("organizations[0].description", "warning"),
        ("organizations[1].name", "error"),
    ]


def test_the_services_of_an_organization_that_was_left_out_are_each_reported() -> None:
    document = [organization(name=None, services=[service(), service(id=CLINIC)])]
    assert parse_registry(document)[0] == Registry()
    assert faults_of(document) == [
        ("organizations[0].name", "error"),
        ("organizations[0].services[0].organization", "error"),
        ("organizations[0].services[1].organization", "error"),
    ]


@pytest.mark.parametrize(
    ("row", "places"),
    [
        pytest.param(service(organization_id=OTHER), ["services[0].organization"], id="dangling"),
        pytest.param(service(), ["services[0].organization_id", "services[0].organization"], id="missing"),
    ],
)
def test_a_service_for_which_nobody_answers_is_left_out(row: Json, places: list[str]) -> None:
    assert faults_of({"organizations": [organization()], "services": [row]}) == [(place, "error") for place in places]


def test_what_comes_again_is_kept_once_as_it_first_stood() -> None:
    again = service(name="Renamed", organization=organization(name="Renamed"))
    registry, _ = parse_registry([service(organization=organization()), again])
    assert [kept.name for kept in registry.organizations] == ["Workers' House"]
    assert [kept.name for kept in registry.services] == ["Legal aid"]


def test_a_service_without_a_name_for_texts_or_a_telephone_uses_its_organizations() -> None:
    registry, _ = parse_registry([organization(phones=[{"number": "999"}], services=[service()])])
    assert (registry.services[0].sms_name, registry.services[0].phones) == ("Workers' House", ("999",))


def test_a_service_that_names_no_place_is_where_its_organization_is() -> None:
    registry, _ = parse_registry([organization(locations=[location()], services=[service()])])
    assert registry.services[0].locations == (SAVAR,)


def test_a_service_points_to_a_location_beside_it() -> None:
    row = service(organization_id=ORG, service_at_locations=[{"location_id": SAVAR}])
    registry, faults = parse_registry({"organizations": [organization()], "services": [row], "locations": [location()]})
    assert faults == []
    assert registry.services[0].locations == (SAVAR,)


@pytest.mark.parametrize(
    ("changes", "place", "kept"),
    [
        pytest.param({"id": "x"}, "id", None, id="id is no UUID"),
        pytest.param({"location_type": None}, "location_type", None, id="no type"),
        pytest.param({"location_type": "floating"}, "location_type", None, id="unknown type"),
        pytest.param({"latitude": 100}, "latitude", (None, None, "BD"), id="beyond the pole: no point at all"),
        pytest.param({"longitude": "nan"}, "longitude", (None, None, "BD"), id="not a number"),
        pytest.param({"addresses": []}, "addresses", (23.85, 90.26, ""), id="no address"),
        pytest.param(
            {"addresses": [{"country": "Bangladesh"}]}, "addresses[0].country", (23.85, 90.26, ""), id="no country code"
        ),
    ],
)
def test_a_location_is_kept_or_left_out_and_reported(
    changes: Json, place: str, kept: tuple[object, ...] | None
) -> None:
    document = {"organizations": [], "locations": [location(**changes)]}
    found = parse_registry(document)[0].locations
    assert faults_of(document) == [(f"locations[0].{place}", "error" if kept is None else "warning")]
    assert [(one.latitude, one.longitude, one.country) for one in found] == ([] if kept is None else [kept])


def test_a_virtual_location_needs_no_address_nor_point() -> None:
    virtual = {"id": SAVAR, "location_type": "virtual", "latitude": "", "longitude": None}
    assert parse_registry({"organizations": [], "locations": [virtual]}) == (
        Registry(locations=(Location(SAVAR, "virtual"),)),
        [],
    )


@pytest.mark.parametrize(
    ("fields", "zone"),
    [
        pytest.param({"timezone": 6}, "+06:00", id="hours, as HSDS has it"),
        pytest.param({"timezone": "5.5"}, "+05:30", id="half hours, as a text"),
        pytest.param({"timezone": -3.5}, "-03:30", id="behind UTC"),
        pytest.param({"timezone": "Asia/Dhaka"}, "Asia/Dhaka", id="a name"),
        pytest.param({"opens_at": "09:00+07:00"}, "+07:00", id="within the time"),
        pytest.param({"opens_at": "09:00Z"}, "+00:00", id="UTC within the time"),
        pytest.param({"opens_at": "09:00+07:00", "timezone": "Asia/Dhaka"}, "Asia/Dhaka", id="the field wins"),
        pytest.param({}, "", id="none"),
    ],
)
def test_the_zone_of_a_schedule_is_found_wherever_it_is_written(fields: Json, zone: str) -> None:
    assert read_one(service(schedules=[fields])).schedules[0].timezone == zone


def test_the_capacity_is_none_when_not_stated_and_never_below_nothing() -> None:
    assert read_one(service(capacities=[{"available": None}])).capacity is None
    assert read_one(service(capacities=[{"available": -2}])).capacity == 0


@pytest.mark.parametrize(
    ("name", "ahead"),
    [
        pytest.param("+06:00", timedelta(hours=6), id="ahead"),
        pytest.param("-03:30", timedelta(hours=-3.5), id="behind"),
        pytest.param("+25:00", None, id="no such offset"),
        pytest.param("Asia", None, id="a folder of zones"),
        pytest.param("../zone", None, id="a way out of the folder"),
        pytest.param("Mars/Base", None, id="unknown"),
        pytest.param("", None, id="none"),
    ],
)
def test_a_zone_is_a_name_or_an_offset(name: str, ahead: timedelta | None) -> None:
    zone = zone_of(name)
    assert (zone and zone.utcoffset(None)) == ahead


def test_a_name_gives_its_zone() -> None:
    assert zone_of("Asia/Dhaka") == ZoneInfo("Asia/Dhaka")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([ORG, "active", "physical"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({*WHOLE, *WHOLE["services"][0], *location(), "timezone", "available"})),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_document_breaks_the_reading(inner: object) -> None:
    for document in (
        inner,
        {"organizations": [inner]},
        [organization(services=[inner])],
        [service(organization=inner)],
    ):
        try:
            registry, _ = parse_registry(document)
        except InvalidError:
            continue
        assert {one.organization_id for one in registry.services} <= {one.id for one in registry.organizations}


@given(
    st.fixed_dictionaries(
        {}, optional={key: JSON for key in WHOLE["services"][0] if key not in ("id", "name", "status")}
    )
)
def test_no_field_of_a_service_takes_the_service_down(changes: Json) -> None:
    registry, _ = parse_registry([organization(services=[service(**changes)])])
    assert len(registry.services) == 1
