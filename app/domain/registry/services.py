"""One HSDS service: what it offers, in which languages, and how many more it can take."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.registry.model import Organization, Schedule, Service
from app.domain.registry.row import Row
from app.domain.registry.schedules import read_schedule

STATUSES = ("active", "inactive", "defunct", "temporarily closed")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Owner:
    """The organization that answers for a service, its telephones, and the ids of where it is."""

    organization: Organization
    phones: tuple[str, ...]
    locations: tuple[str, ...]


def read_service(row: Row, owner: Owner) -> Service | None:
    """A service; None, with errors noted, when it has no UUID, name or known status."""
    id_, name, status = row.identifier(), row.required("name"), _status(row)
    if id_ is None or name is None or status is None:
        return None
    return Service(
        id=id_,
        organization_id=owner.organization.id,
        name=name,
        sms_name=row.text("alternate_name") or owner.organization.name,
        status=status,
        description=row.text("description"),
        categories=_categories(row),
        languages=_languages(row),
        schedules=_schedules(row),
        capacity=_capacity(row),
        phones=read_phones(row) or owner.phones,
        locations=owner.locations,
        assured_on=_assured(row),
        raw=row.data,
    )


def read_phones(row: Row) -> tuple[str, ...]:
    """The telephone numbers of an organization or a service, as written."""
    return _once(phone.required("number") for phone in row.rows("phones"))


def _status(row: Row) -> str | None:
    status = row.required("status")
    if status is not None and status not in STATUSES:
        row.fail("status", f"is none of: {', '.join(STATUSES)}")
        return None
    return status


def _categories(row: Row) -> tuple[str, ...]:
    """The codes of its taxonomy terms: in `attributes`, or, as older publishers write, in `terms` of the service."""
    return _once(_term(attribute) for attribute in row.rows("attributes")) + _once(
        term.required("code") for term in row.rows("terms")
    )


def _term(attribute: Row) -> str | None:
    term = attribute.row("taxonomy_term")
    if term is None:
        attribute.warn("taxonomy_term", "is missing, so the service gains no category from this row")
        return None
    return term.text("code") or None


def _languages(row: Row) -> tuple[str, ...]:
    return _once(_language(language) for language in row.rows("languages"))


def _language(row: Row) -> str | None:
    code = row.text("code")
    if not _LANGUAGE.fullmatch(code):
        row.warn("code", "should be a language code such as bn")
        return None
    primary, *rest = code.split("-")
    return "-".join([primary.lower(), *rest])


def _schedules(row: Row) -> tuple[Schedule, ...]:
    own = row.rows("schedules")
    there = [schedule for place in row.rows("service_at_locations") for schedule in place.rows("schedules")]
    return tuple(read_schedule(schedule) for schedule in [*own, *there])


def _capacity(row: Row) -> int | None:
    """The places left over all units; never below none."""
    available = [capacity.number("available") for capacity in row.rows("capacities")]
    stated = [number for number in available if number is not None]
    return max(0, int(sum(stated))) if stated else None


def _assured(row: Row) -> date | None:
    value = row.text("assured_date")
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        row.warn("assured_date", "should be a date such as 2026-11-24")
        return None


def _once(values: Iterable[str | None]) -> tuple[str, ...]:
    """Each text once, in order."""
    return tuple(dict.fromkeys(value for value in values if value is not None))
