"""What an NGO puts right about a service by hand; kept as records, with the history of what was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.catalogue.hsds import load_shape
from app.domain.errors import Fault, InvalidError, NotFoundError
from app.domain.phrases import phrase
from app.domain.registry.records import Gathering, Key
from app.domain.registry.services import STATUSES
from app.jobs.context import Context
from app.jobs.naming import LONGEST_NAME, name_discreetly
from app.jobs.registry.importing import amend_records
from app.store.records import load_records
from app.store.registry import get_service, lock_registry

SOURCE = "console"
"""Where these records come from; an import that says otherwise later puts them right again."""

_MOST_LANGUAGES = 30


@dataclass(frozen=True, slots=True)
class Edit:
    """What is said of a service from now on; `sms_name` is what texts call it, unless it has a `discreet_name`."""

    status: str
    sms_name: str
    discreet_name: str
    categories: tuple[str, ...]
    languages: tuple[str, ...]


async def edit_service(context: Context, programme: UUID, service: UUID, edit: Edit, now: datetime) -> None:
    """Put a service right.

    Raises:
        NotFoundError: the programme has no such service, or it is of no record.
        InvalidError: with a fault for each place that does not fit.
    """
    if faults := edit_faults(context, edit):
        raise InvalidError("The service cannot be kept so.", faults)
    async with context.database.transaction() as store:
        await lock_registry(store, programme)
        before = (await get_service(store, programme, service))["document"]
        found = await load_records(store, programme, [("service", str(service))])
        if not found:
            raise NotFoundError("There is no such service in this programme.")
        kept, gone = _attributes(before, service, edit, frozenset(context.catalogue.categories))
        spoken = [{"id": str(uuid5(service, f"language-{code}")), "code": code} for code in edit.languages]
        gone |= {("language", str(row["id"])) for row in before.get("languages", ())} - {
            ("language", row["id"]) for row in spoken
        }
        gathering = Gathering(load_shape())
        told = {**found[0].data, "status": edit.status, "alternate_name": edit.sms_name}
        gathering.document({"services": [{**told, "languages": spoken, "attributes": kept}]})
        await amend_records(store, programme, SOURCE, gathering.records.values(), gone, now)
        await name_discreetly(store, context, programme, service, edit.discreet_name)


def edit_faults(context: Context, edit: Edit) -> list[Fault]:
    """A fault for each place that does not fit."""
    categories, spoken = frozenset(context.catalogue.categories), frozenset(context.catalogue.texts)
    faults: list[Fault] = []
    if edit.status not in STATUSES:
        faults.append(Fault("status", phrase("is none of: {statuses}", statuses=", ".join(STATUSES))))
    if not 0 < len(edit.sms_name) <= LONGEST_NAME:
        faults.append(
            Fault(
                "sms_name",
                phrase("must hold 1 to {longest_name} characters: texts are short", longest_name=LONGEST_NAME),
            )
        )
    faults += [
        Fault("categories", phrase("{code!r} is no need of the taxonomy", code=code))
        for code in edit.categories
        if code not in categories
    ]
    if len(edit.languages) > _MOST_LANGUAGES or not spoken.issuperset(
        code.partition("-")[0] for code in edit.languages
    ):
        faults.append(Fault("languages", "must be codes of languages that workers are texted in, such as bn en"))
    return faults


def _attributes(
    before: Mapping[str, Any], service: UUID, edit: Edit, known: frozenset[str]
) -> tuple[list[dict[str, Any]], set[Key]]:
    """The attributes that are new, and those that go; whatever is of another taxonomy stays as it is."""
    stands = {
        code: str(row["id"])
        for row in before.get("attributes", ())
        if (code := (row.get("taxonomy_term") or {}).get("code")) in known
    }
    fresh = [
        {
            "id": str(uuid5(service, f"attribute-{code}")),
            "link_type": "category",
            "taxonomy_term": {
                "id": str(uuid5(service, f"term-{code}")),
                "code": code,
                "name": code,
                "description": code,
            },
        }
        for code in edit.categories
        if code not in stands
    ]
    return fresh, {("attribute", id_) for code, id_ in stands.items() if code not in edit.categories}
