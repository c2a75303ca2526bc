"""A plain spreadsheet of services, one a row, into HSDS: which column is which, and what a row comes to."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from app.domain.errors import Fault

Headers = Mapping[str, str]
"""A header as it is often written (see `plain`) → what it means."""

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SPLIT = re.compile(r"[,;/|]|\s+and\s+|\n")
_STATUS = {"": "active", "open": "active", "yes": "active", "closed": "inactive", "no": "inactive"}
_UNIT = "people"
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?(?::00)?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which column is taken for which meaning, which columns for none, and which needed meanings have no column."""

    columns: Mapping[str, str]
    unused: tuple[str, ...]
    missing: tuple[str, ...]


def plain(header: str) -> str:
    """A header without case, punctuation and doubled blanks."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(re.sub(r"[^\w\s]|_", " ", folded).split())


def propose(headers: Sequence[str], known: Headers, needed: Sequence[str]) -> Proposal:
    """A first guess at the column map: whole headers first, then those that hold a known one as words.

    Args:
        headers: of the sheet, in order.
        known: often-written headers and their meanings.
        needed: the meanings no row can do without.
    """
    found: dict[str, str] = {}
    for whole in (True, False):
        for header in headers:
            if header not in found.values():
                meaning = _meaning(plain(header), known, found, whole=whole)
                if meaning:
                    found[meaning] = header
    unused = tuple(header for header in headers if header not in found.values())
    return Proposal(found, unused, tuple(name for name in needed if name not in found))


def _meaning(told: str, known: Headers, taken: Mapping[str, str], *, whole: bool) -> str:
    # The longest first: "service type" is a category and no service.
    for word in sorted(known, key=len, reverse=True):
        fits = told == plain(word) if whole else f" {plain(word)} " in f" {told} "
        if fits and known[word] not in taken:
            return known[word]
    return ""


def rows_to_hsds(
    rows: Iterable[Mapping[str, str | None]], columns: Mapping[str, str], source: str
) -> Iterator[tuple[int, dict[str, object] | Fault]]:
    """For each row its line in the sheet and an HSDS service with its organization, or why it was left out.

    The ids are made of the source and the names, so that the sheet imported again tells of the same things.

    Args:
        rows: header → cell.
        columns: meaning → header.
        source: the sheet's name, which never changes.
    """
    for line, cells in enumerate(rows, start=2):
        told = {meaning: (cells.get(header) or "").strip() for meaning, header in columns.items()}
        missing = next((columns.get(name, name) for name in ("organization", "service") if not told.get(name)), None)
        if not any(told.values()):
            continue
        if missing is not None:
            yield line, Fault(f"row {line}, {missing}", "is empty, so the row was left out")
        else:
            yield line, _Sheet(source, told).service()


@dataclass(frozen=True, slots=True)
class _Sheet:
    source: str
    told: Mapping[str, str]

    def id(self, *names: str) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join([self.source, *names])))

    def get(self, name: str) -> str:
        return self.told.get(name, "")

    def service(self) -> dict[str, object]:
        name, owner = self.told["service"], self.told["organization"]
        organization = self.id("organization", owner)
        # Two services of one name differ by their place.
        own = self.id("service", organization, name, self.get("address"), self.get("city"))
        status = self.get("status").casefold()
        plainly = {
            "id": own, "name": name, "status": _STATUS.get(status, status),
            "organization": {"id": organization, "name": owner, "description": owner},
            "alternate_name": self.get("short_name"), "description": self.get("description"),
            "email": self.get("email"), "url": self.get("website"), "fees_description": self.get("fees"),
            "eligibility_description": self.get("eligibility"), "assured_date": self.get("verified"),
        }  # fmt: skip
        lists = {
            "phones": [
                {"id": self.id(own, "phone", number), "number": number} for number in _listed(self.get("phone"))
            ],
            "languages": [
                {"id": self.id(own, "language", code), "code": code} for code in _listed(self.get("languages"))
            ],
            "attributes": [self._attribute(own, code) for code in _listed(self.get("categories"))],
            "schedules": self._schedules(own),
            "capacities": self._capacities(own),
            "service_at_locations": self._places(own),
        }
        return {**{key: value for key, value in plainly.items() if value}, **{k: v for k, v in lists.items() if v}}

    def _attribute(self, own: str, code: str) -> dict[str, object]:
        term = str(uuid5(NAMESPACE_URL, f"{self.source}/term/{plain(code)}"))
        told = {"id": term, "code": plain(code).replace(" ", "-"), "name": code, "description": code}
        return {"id": self.id(own, "attribute", code), "link_type": "category", "taxonomy_term": told}

    def _schedules(self, own: str) -> list[dict[str, object]]:
        told = {
            "byday": _days(self.get("days")), "opens_at": _time(self.get("opens")), "closes_at": _time(self.get("closes")),
            "timezone": self.get("zone"),
        }  # fmt: skip
        if not any(told[name] for name in ("byday", "opens_at", "closes_at")):
            return []
        return [
            {"id": self.id(own, "schedule"), "freq": "WEEKLY", **{key: value for key, value in told.items() if value}}
        ]

    def _capacities(self, own: str) -> list[dict[str, object]]:
        if not self.get("capacity"):
            return []
        unit = {"id": str(uuid5(NAMESPACE_URL, f"{self.source}/unit")), "name": _UNIT}
        return [{"id": self.id(own, "capacity"), "unit": unit, "available": self.get("capacity")}]

    def _places(self, own: str) -> list[dict[str, object]]:
        parts = [
            self.get(name) for name in ("address", "city", "state", "postal_code", "country", "latitude", "longitude")
        ]
        if not any(parts):
            return []
        location = self.id("location", *parts)
        address = {
            "id": self.id("address", *parts), "address_1": parts[0], "city": parts[1], "state_province": parts[2],
            "postal_code": parts[3], "country": parts[4].upper(), "address_type": "physical",
        }  # fmt: skip
        place: dict[str, object] = {"id": location, "location_type": "physical", "addresses": [address]}
        plainly = {"name": parts[1], "latitude": parts[5], "longitude": parts[6]}
        place.update({name: value for name, value in plainly.items() if value})
        return [{"id": self.id(own, "place", location), "location": place}]


def _listed(cell: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in _SPLIT.split(cell) if part.strip()))


def _days(cell: str) -> str:
    """Days as RRULE has them, from `Mon-Fri`, `Sunday to Thursday` or a list of them; empty where none is found."""
    told = [_DAYS.index(word[:2].upper()) for word in re.findall(r"[A-Za-z]+", cell) if word[:2].upper() in _DAYS]
    if len(told) == 2 and re.search(r"[A-Za-z]\s*(?:-|–|to)\s*[A-Za-z]", cell):  # noqa: PLR2004 - from, to
        first, last = told
        told = [(first + at) % 7 for at in range((last - first) % 7 + 1)]
    return ",".join(_DAYS[day] for day in dict.fromkeys(told))


def _time(cell: str) -> str:
    """A time as HSDS has it, from `9:00`, `9.30`, `9h30` or `5 pm`; whatever else is left as it is, to be told of."""
    found = _TIME.fullmatch(cell)
    hour, minute, half = found.groups(default="") if found is not None else ("", "", "")
    if not minute and not half:
        return cell  # a bare number may be of the morning or of the evening
    # Noon and midnight are the twelves.
    told = int(hour) if not half else int(hour) % 12 + (12 if half in "Pp" else 0)
    return f"{told:02}:{minute or '00'}"
