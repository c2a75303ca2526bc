"""Sites under their countries, as a person looks for one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from app.web.pages import formats


def by_country(sites: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """A country's code → its sites, both by their names in the language at hand."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for site in sorted(sites, key=lambda site: site["name"].casefold()):
        found[site["country"]].append(site)
    return dict(sorted(found.items(), key=lambda pair: formats.country(pair[0])))
