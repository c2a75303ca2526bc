"""Another registry's services over HSDS's own interface, all or what changed since."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from app.carriers.fetching import Fetcher
from app.catalogue.hsds import load_shape
from app.domain.errors import InvalidError, NotFoundError
from app.domain.registry.records import NOT_HSDS, Gathering

_A_PAGE = 100
_MOST_PAGES = 1000
_LISTS = ("taxonomies", "taxonomy_terms")


async def fetch_registry(fetcher: Fetcher, base: str, bearer: str = "", since: datetime | None = None) -> Gathering:
    """Every service with all in it, and the taxonomies where the other side has them.

    Args:
        fetcher: reads JSON.
        base: the address under which `/services` is.
        bearer: the other side's key, where it wants one.
        since: only what changed after this moment, as far as the other side heeds it.

    Raises:
        InvalidError: it is no HSDS, or has more pages than can be read.
        UnavailableError: it cannot be read just now; nothing was kept.
    """
    base = base.rstrip("/")
    gathering = Gathering(load_shape())
    after = {} if since is None else {"modified_after": since.isoformat()}
    async for item in _items(fetcher, f"{base}/services", {"full": "true", **after}, bearer):
        whole = (
            item
            if "organization" in item or "service_at_locations" in item
            else await _one(fetcher, base, item, bearer)
        )
        gathering.document([whole])
    for name in _LISTS:
        try:
            found = [item async for item in _items(fetcher, f"{base}/{name}", {}, bearer)]
        except NotFoundError:
            continue  # the standard leaves these to each
        gathering.document({name: found})
    return gathering


async def _one(fetcher: Fetcher, base: str, item: dict[str, Any], bearer: str) -> dict[str, Any]:
    """A service whose list said little of it."""
    found = await fetcher.json(f"{base}/services/{quote(str(item.get('id', '')), safe='')}", bearer)
    return found if isinstance(found, dict) else item


async def _items(fetcher: Fetcher, url: str, query: dict[str, str], bearer: str) -> AsyncIterator[dict[str, Any]]:
    for page in range(1, _MOST_PAGES + 1):
        asked = urlencode({**query, "page": page, "per_page": _A_PAGE})
        answer = await fetcher.json(f"{url}?{asked}", bearer)
        contents = answer.get("contents") if isinstance(answer, dict) else None
        if not isinstance(contents, list):
            raise InvalidError(NOT_HSDS)
        for item in contents:
            if isinstance(item, dict):
                yield item
        if answer.get("last_page", True) or not contents:
            return
    raise InvalidError(f"The other registry has more than {_MOST_PAGES:,} pages of {_A_PAGE}.")
