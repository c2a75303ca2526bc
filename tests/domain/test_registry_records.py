"""HSDS in its one normal form: whatever shape it comes in, the same records; put together again, the same meaning."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.hsds import load_columns
from app.domain.errors import Fault, InvalidError
from app.domain.registry.compose import Composition, brief
from app.domain.registry.history import history_of
from app.domain.registry.records import Gathering, Record
from app.domain.registry.shape import LIST, OBJECT
from app.domain.registry.spreadsheet import propose, rows_to_hsds
from tests.hsds import SHAPE, meant, whole

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ORG, SERVICE, PLACE, SITE = (str(uuid5(NAMESPACE_URL, name)) for name in ("org", "service", "place", "site"))


def gathered(document: object) -> Gathering:
    gathering = Gathering(SHAPE)
    gathering.document(document)
    return gathering


@pytest.mark.parametrize("name", ["service", "organization", "service_at_location", "location", "taxonomy_term"])
def test_an_object_with_everything_in_it_goes_in_and_comes_out_unchanged(name: str) -> None:
    document = whole(SHAPE[name])
    gathering = gathered(document)
    assert gathering.faults == []
    assert gathering.dangling() == []
    composed = Composition(SHAPE, gathering.records.values(), NOW).full((name, document["id"]))
    assert meant(composed) == meant(document)
    assert gathered(composed).records == gathering.records


def test_tables_say_the_same_as_nested_objects() -> None:
    nested = gathered(whole(SHAPE["organization"]))
    tables = Gathering(SHAPE)
    for record in nested.records.values():
        told = {name: str(value) for name, value in record.data.items()}
        tables.table(SHAPE[record.kind], [told])
    # A program that stands in a service says nowhere whose it is.
    assert {fault.message for fault in tables.faults} <= {"is required by HSDS"}
    assert tables.records == nested.records


def test_a_list_item_has_what_it_points_to_and_no_lists() -> None:
    document = whole(SHAPE["service"])
    composed = Composition(SHAPE, gathered(document).records.values(), NOW)
    told: Any = brief(composed.full(("service", document["id"])))
    assert told["organization"]["name"] == document["organization"]["name"]
    assert not [name for name, value in told.items() if isinstance(value, list)]


def organization(**more: object) -> dict[str, object]:
    return {"id": ORG, "name": "Rights Centre", "description": "Advice", **more}


def service(**more: object) -> dict[str, object]:
    return {"id": SERVICE, "name": "Pay help", "status": "active", "organization_id": ORG, **more}


def told(gathering: Gathering) -> list[tuple[str, str, str]]:
    return [(fault.place, fault.severity, fault.message) for fault in gathering.faults]


def test_a_key_that_points_nowhere_is_told_and_its_row_stands() -> None:
    gathering = Gathering(SHAPE)
    gathering.table(SHAPE["location"], [{"id": PLACE, "location_type": "physical", "organization_id": ORG}])
    gathering.table(
        SHAPE["phone"], [{"id": SITE, "number": "+8801711000001", "service_id": SERVICE, "location_id": PLACE}]
    )
    assert [(fault.place, fault.severity) for fault in gathering.dangling()] == [
        ("locations.csv:2.organization_id", "warning"), ("phones.csv:2.service_id", "warning"),
    ]  # fmt: skip
    assert len(gathering.dangling(frozenset({("organization", ORG)}))) == 1
    assert gathering.records["location", PLACE].data["organization_id"] == ORG
    assert gathering.named() == {("organization", ORG), ("service", SERVICE)}


@pytest.mark.parametrize(
    ("row", "place", "message"),
    [
        pytest.param({"id": "7"}, "services[0].id", "is not a UUID", id="no UUID"),
        pytest.param({"name": ""}, "services[0].name", "is required", id="no name"),
        pytest.param({"status": "open"}, "services[0].status", "is none of", id="an unknown status"),
    ],
)
def test_a_row_without_its_essentials_is_left_out_and_told(row: dict[str, object], place: str, message: str) -> None:
    gathering = gathered({"organizations": [organization()], "services": [service(**row)]})
    assert list(gathering.records) == [("organization", ORG)]
    assert [(at, severity) for at, severity, _ in told(gathering)] == [(place, "error")]
    assert message in gathering.faults[0].message


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"email": "nobody"}, "e-mail", id="e-mail"),
        pytest.param({"url": "example"}, "https", id="address"),
        pytest.param({"assured_date": "yesterday"}, "date", id="date"),
        pytest.param({"last_modified": "noon"}, "moment", id="moment"),
        pytest.param({"minimum_age": "old"}, "number", id="number"),
        pytest.param({"program_id": "x"}, "UUID", id="key"),
        pytest.param({"phones": [{"id": SITE, "number": "call"}]}, "phone number", id="no digits"),
        pytest.param({"phones": [{"id": SITE, "number": "+88017"}]}, "its country", id="too short a number"),
        pytest.param({"schedules": [{"id": SITE, "opens_at": "nine", "freq": "WEEKLY"}]}, "time", id="time"),
        pytest.param({"schedules": [{"id": SITE, "freq": "YEARLY"}]}, "none of", id="not of the list"),
        pytest.param({"phones": [5]}, "object", id="a part that is no object"),
        pytest.param({"organization": 5}, "object", id="an owner that is no object"),
    ],
)  # fmt: skip
def test_an_odd_value_is_told_and_the_service_stands(more: dict[str, object], message: str) -> None:
    gathering = gathered({"organizations": [organization()], "services": [service(**more)]})
    assert ("service", SERVICE) in gathering.records
    assert message in " ".join(fault.message for fault in gathering.faults)


def test_what_hsds_requires_and_is_missing_is_told_and_comes_out_empty() -> None:
    place = {"id": PLACE, "location_type": "physical", "addresses": [{"id": SITE, "city": "Gazipur", "country": "BD"}]}
    gathering = gathered(service(organization=organization(), service_at_locations=[{"id": ORG, "location": place}]))
    missed = [fault.place.rpartition(".")[2] for fault in gathering.faults]
    assert missed == ["address_1", "state_province", "postal_code", "address_type"]
    composed: Any = Composition(SHAPE, gathering.records.values(), NOW).full(("location", PLACE))
    assert composed["addresses"][0]["postal_code"] == ""
    assert "address_type" not in composed["addresses"][0], "one of a list cannot be made up"


def test_what_only_stands_within_may_lack_an_id_and_is_the_same_when_it_comes_again() -> None:
    def document(number: str) -> dict[str, object]:
        return service(
            organization=organization(),
            phones=[{"number": number}, {"number": "+8801711000002"}],
            attributes=[{"taxonomy_term": {"code": "wages", "name": "Wages"}}],
        )

    first, again = gathered(document("+8801711000001")), gathered(document("+8801711000009"))
    assert {fault.severity for fault in first.faults} == {"warning"}
    assert first.records.keys() == again.records.keys(), "a number put right is the same phone"
    composed: Any = Composition(SHAPE, again.records.values(), NOW).full(("service", SERVICE))
    assert [phone["number"] for phone in composed["phones"]] == ["+8801711000009", "+8801711000002"]
    assert composed["attributes"][0]["taxonomy_term"]["code"] == "wages"
    assert gathered({"organizations": [{"name": "x", "description": "x"}]}).records == {}, "what stands alone needs one"


def test_the_same_thing_twice_is_one_and_a_difference_is_told() -> None:
    gathering = gathered(
        [organization(email="a@example.org"), organization(name="Another", website="https://example.org")]
    )
    assert gathering.records["organization", ORG].data == organization(
        email="a@example.org", website="https://example.org"
    )
    assert [(place, severity) for place, severity, _ in told(gathering)] == [("organizations[1].name", "warning")]


def test_a_profiles_own_fields_go_in_and_out() -> None:
    document = organization(tier="gold", extra={"a": [1]})
    composed = Composition(SHAPE, gathered(document).records.values(), NOW).full(("organization", ORG))
    assert composed["tier"] == "gold"
    assert composed["extra"] == {"a": [1]}


def test_a_zones_name_is_kept_and_told_as_hours_ahead_as_the_standard_has_it() -> None:
    hours = {"id": SITE, "freq": "WEEKLY", "timezone": "Asia/Kathmandu"}
    gathering = gathered(service(organization=organization(), schedules=[hours]))
    assert gathering.records["schedule", SITE].data["timezone"] == "Asia/Kathmandu"
    composed: Any = Composition(SHAPE, gathering.records.values(), NOW).full(("service", SERVICE))
    assert composed["schedules"][0]["timezone"] == 5.75
    assert composed["schedules"][0]["timezone_name"] == "Asia/Kathmandu"


@pytest.mark.parametrize(
    "document", [5, "x", {"people": []}, [5], {"id": ORG, "colour": "red", "size": 1}, [{"name": "no id"}]]
)
def test_what_is_not_hsds_is_refused(document: object) -> None:
    with pytest.raises(InvalidError):
        gathered(document)


@pytest.mark.parametrize("document", [[], {}, {"contents": []}, {"organizations": []}])
def test_nothing_in_the_right_shape_is_nothing(document: object) -> None:
    assert gathered(document).records == {}


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(ORG),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(SHAPE["service"].fields)), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(_values)
def test_no_document_breaks_the_reading(value: object) -> None:
    gathering = Gathering(SHAPE)
    gathering.document({"services": [value], "organizations": [value]})
    again = Gathering(SHAPE)
    composed = Composition(SHAPE, gathering.records.values(), NOW)
    for key in gathering.records:
        again.take(SHAPE[key[0]], _row(composed.full(key), again))
    assert gathering.records.keys() <= again.records.keys()


def _row(document: dict[str, object], gathering: Gathering) -> Any:
    from app.domain.registry.row import Row

    return Row(document, "again", gathering.faults)


# -- the shape ------------------------------------------------------------------------------------


def test_every_part_points_back_to_what_it_stands_in_and_every_object_has_its_key() -> None:
    for kind in SHAPE.kinds.values():
        for item in kind.fields.values():
            if item.type == LIST:
                assert SHAPE[item.holds].pointer_to(kind.name)[0], (kind.name, item.name)
            elif item.type == OBJECT:
                assert item.key in kind.fields, (kind.name, item.name)


def test_files_and_lists_are_known_by_their_usual_names() -> None:
    assert [SHAPE.by_list(name).name for name in ("services", "service", "service_at_location.csv", "metadata.csv")] == [  # type: ignore[union-attr]
        "service", "service", "service_at_location", "metadata",
    ]  # fmt: skip
    assert SHAPE.by_list("people") is None


# -- history --------------------------------------------------------------------------------------


def test_a_change_is_told_field_by_field_in_hsds_own_form() -> None:
    after = Record("service", SERVICE, service(name="Wage help", email="a@example.org", tier="gold"))
    rows = list(history_of(SHAPE, service(description="old"), after, "hdx", NOW))
    assert [(row.data["field_name"], row.data["previous_value"], row.data["replacement_value"]) for row in rows] == [
        ("name", "Pay help", "Wage help"), ("description", "old", ""), ("email", "", "a@example.org"), ("tier", "", "gold"),
    ]  # fmt: skip
    assert {row.data["updated_by"] for row in rows} == {"hdx"}
    assert all(SHAPE["metadata"].fields[name] for row in rows for name in row.data)
    assert (
        list(history_of(SHAPE, {"id": SITE}, Record("metadata", SITE, {"id": SITE, "field_name": "x"}), "hdx", NOW))
        == []
    )


# -- plain spreadsheets ---------------------------------------------------------------------------


HEADERS = load_columns()


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("09:00", "09:00"), ("9:30", "09:30"), ("9.30", "09:30"), ("9h30", "09:30"), ("17:00:00", "17:00"),
        ("5 pm", "17:00"), ("8:15 A.M.", "08:15"), ("12 am", "00:00"), ("12:30pm", "12:30"),
        ("5", "5"), ("25:00", "25:00"), ("noon", "noon"), ("", None),
    ],
)  # fmt: skip
def test_hours_of_a_sheet_are_read_as_people_write_them(cell: str, kept: str | None) -> None:
    row = {"o": "Centre", "s": "Pay help", "d": "Mon-Fri", "from": cell}
    columns = {"organization": "o", "service": "s", "days": "d", "opens": "from"}
    told: Any = next(rows_to_hsds([row], columns, "sheet"))[1]
    (schedule,) = told["schedules"]
    assert schedule.get("opens_at") == kept


@pytest.mark.parametrize(
    ("headers", "meanings"),
    [
        pytest.param(["Organisation", "Service name", "Service type"], ["organization", "service", "categories"], id="english"),
        pytest.param(["Organización", "Servicio", "Teléfono"], ["organization", "service", "phone"], id="spanish"),
        pytest.param(["সংস্থা", "সেবার নাম", "ফোন"], ["organization", "service", "phone"], id="bengali"),
        pytest.param(["Name of the organization", "name", "City/Town"], ["organization", "service", "city"], id="in words"),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_their_headers(headers: list[str], meanings: list[str]) -> None:
    proposal = propose(headers, HEADERS.headers, HEADERS.needed)
    assert dict(proposal.columns) == dict(zip(meanings, headers, strict=True))
    assert proposal.missing == ()


def test_a_column_nobody_knows_is_left_over_and_a_needed_one_is_missed() -> None:
    proposal = propose(["Colour", "Service"], HEADERS.headers, HEADERS.needed)
    assert (proposal.unused, proposal.missing) == (("Colour",), ("organization",))


def test_a_sheet_becomes_hsds_and_the_same_things_when_it_comes_again() -> None:
    headers = ["organization", "service", "category", "phone", "city", "country", "lat", "lon", "languages", "days", "opens",
               "closes", "time zone", "capacity", "status"]  # fmt: skip
    cells = ["Rights Centre", "Pay help", "wages; legal", "+8801711000001", "Gazipur", "bd", "23.99", "90.42", "bn, en",
             "Sunday to Thursday", "09:00", "17:00", "Asia/Dhaka", "12", "open"]  # fmt: skip
    rows = [
        dict(zip(headers, cells, strict=True)),
        {"organization": "Rights Centre", "service": ""},
        dict.fromkeys(headers, ""),
    ]
    columns = propose(headers, HEADERS.headers, HEADERS.needed).columns
    (line, document), (_, fault) = rows_to_hsds(rows, columns, "sheet")
    assert line == 2
    assert isinstance(fault, Fault)
    assert fault.place == "row 3, service"
    gathering = gathered(document)
    (found,) = [record for record in gathering.records.values() if record.kind == "service"]
    composed: Any = Composition(SHAPE, gathering.records.values(), NOW).full(found.key)
    assert composed["status"] == "active"
    assert [item["taxonomy_term"]["code"] for item in composed["attributes"]] == ["wages", "legal"]
    assert composed["schedules"][0]["byday"] == "SU,MO,TU,WE,TH"
    assert composed["capacities"][0]["available"] == 12
    assert composed["service_at_locations"][0]["location"]["latitude"] == 23.99
    assert composed["service_at_locations"][0]["location"]["addresses"][0]["country"] == "BD"
    assert [item["code"] for item in composed["languages"]] == ["bn", "en"]
    assert gathered(next(rows_to_hsds(rows, columns, "sheet"))[1]).records == gathering.records


def test_two_services_of_one_name_at_two_places_are_two() -> None:
    rows = [{"o": "Centre", "s": "Help", "c": city, "d": "Mon, Wed"} for city in ("Gazipur", "Savar")]
    columns = {"organization": "o", "service": "s", "city": "c", "days": "d"}
    services: Any = [service for _, service in rows_to_hsds(rows, columns, "sheet")]
    assert services[0]["organization"] == services[1]["organization"]
    assert len({row["id"] for row in services}) == 2
    assert services[0]["schedules"][0]["byday"] == "MO,WE"
