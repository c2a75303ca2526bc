"""The registry as HSDS's own interface: what any reader of the standard can read, for whoever holds the NGO's key."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.hsds import VERSION, load_shape, load_taxonomy
from app.domain.errors import NotFoundError
from app.domain.registry.compose import Composition, brief
from app.domain.registry.records import Key, Record
from app.store.database import Store
from app.store.hsds import (
    Filters,
    Found,
    Terms,
    find_organizations,
    find_places,
    find_services,
    find_terms,
    services_of,
)
from app.store.keys import programme_of
from app.store.records import load_around
from app.store.registry import get_organization, get_service
from app.web.access import AsNgo
from app.web.wiring import wiring

router = APIRouter(prefix="/hsds", tags=["HSDS"])

_STREAMED = 200
_WHOLE = {"id", "last_modified"}


class Paging(BaseModel):
    """Which page; `format` may be `ndjson`: everything, a line each, without pages."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=500)] = 50
    format: Annotated[str, Field(pattern="^(json|ndjson)$")] = "json"


class Narrowing(Paging):
    """HSDS's own filters, ANDed."""

    search: Annotated[str, Field(max_length=100)] = ""
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | None = None
    minimal: bool = False
    full: bool = False
    full_service: bool = False
    postcode: Annotated[str, Field(max_length=20)] = ""
    proximity: Annotated[float | None, Field(ge=0, le=1_000_000)] = None
    """Metres from the middle of the postcode."""

    def filters(self) -> Filters:
        """As the store takes them."""
        own = load_taxonomy()
        after = self.modified_after
        return Filters(
            search=self.search.strip(),
            organization=self.organization_id,
            term=self.taxonomy_term_id,
            code=own.codes.get(str(self.taxonomy_term_id), ""),
            taxonomy=self.taxonomy_id,
            own=str(self.taxonomy_id) == own.taxonomy.id,
            modified_after=after if after is None or after.tzinfo else after.replace(tzinfo=UTC),
            postcode=self.postcode.strip(),
            metres=self.proximity,
        )


Asked = Annotated[Narrowing, Query()]
Page = Callable[[Store, int, int], Any]


@router.get("")
@router.get("/", include_in_schema=False)
async def about(request: Request, caller: AsNgo) -> dict[str, str]:
    """Which version of HSDS this is, and where the interface is described."""
    programme_of(caller)
    base = str(request.base_url).rstrip("/")
    return {"version": VERSION, "profile": f"{base}/hsds", "openapi_url": f"{base}/v1/openapi.json"}


# -- services -------------------------------------------------------------------------------------


@router.get("/services")
async def services(request: Request, caller: AsNgo, asked: Asked) -> Response:
    """Services a page at a time: with what they point to; `full`: with all in them; `minimal`: when they last changed."""
    programme = programme_of(caller)

    async def page(store: Store, limit: int, offset: int) -> Found:
        return await find_services(store, programme, asked.filters(), limit, offset, load_taxonomy().codes.values())

    def shown(document: Mapping[str, Any]) -> dict[str, Any]:
        if asked.minimal:
            return {name: value for name, value in document.items() if name in _WHOLE | {"name", "status"}}
        return dict(document) if asked.full else brief(document)

    return await _answer(request, asked, page, shown)


@router.get("/services/{service}")
async def service(request: Request, service: UUID, caller: AsNgo) -> dict[str, Any]:
    """A service with all in it."""
    async with wiring(request).context.database.transaction() as store:
        return dict((await get_service(store, programme_of(caller), service))["document"])


# -- organizations --------------------------------------------------------------------------------


@router.get("/organizations")
async def organizations(request: Request, caller: AsNgo, asked: Asked) -> Response:
    """Organizations a page at a time; `full`: with all in them and their services, those too in full with `full_service`."""
    programme = programme_of(caller)

    async def page(store: Store, limit: int, offset: int) -> Found:
        found = await find_organizations(store, programme, asked.filters(), limit, offset)
        if not (asked.full or asked.full_service):
            return found
        return Found(
            found.total,
            tuple([await _with_services(store, programme, item, full=asked.full_service) for item in found.documents]),
        )

    def shown(document: Mapping[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in document.items() if name != "last_modified"}
        return plain if asked.full or asked.full_service else brief(plain)

    return await _answer(request, asked, page, shown)


@router.get("/organizations/{organization}")
async def organization(
    request: Request, organization: UUID, caller: AsNgo, *, full_service: bool = False
) -> dict[str, Any]:
    """An organization with all in it and its services; those in full with `full_service`."""
    programme = programme_of(caller)
    async with wiring(request).context.database.transaction() as store:
        found = (await get_organization(store, programme, organization))["document"]
        return await _with_services(store, programme, found, full=full_service)


async def _with_services(store: Store, programme: UUID, document: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    found = await services_of(store, programme, UUID(document["id"]))
    told = [item if full else brief(item) for item in found]
    return {**document, "services": [{k: v for k, v in item.items() if k != "organization"} for item in told]}


# -- services at locations ------------------------------------------------------------------------


@router.get("/service_at_locations")
async def service_at_locations(request: Request, caller: AsNgo, asked: Asked) -> Response:
    """Which services are where, a page at a time; near the middle of a postcode with `proximity`, in metres."""
    programme, now = programme_of(caller), wiring(request).clock()

    async def page(store: Store, limit: int, offset: int) -> Found:
        total, keys = await find_places(store, programme, asked.filters(), limit, offset)
        composed = Composition(load_shape(), await load_around(store, load_shape(), programme, keys), now)
        return Found(total, tuple(composed.full(key) for key in keys))

    return await _answer(request, asked, page, dict if asked.full else brief)


@router.get("/service_at_locations/{id}")
async def service_at_location(request: Request, id: UUID, caller: AsNgo) -> dict[str, Any]:  # noqa: A002 - HSDS's name
    """A service at a location with all in it."""
    return await _one(request, programme_of(caller), "service_at_location", id)


# -- taxonomies -----------------------------------------------------------------------------------


@router.get("/taxonomies")
async def taxonomies(request: Request, caller: AsNgo, asked: Asked) -> Response:
    """The taxonomies: the needs of workers, which is our own, and those that came with imports."""
    own = [load_taxonomy().taxonomy]
    return await _answer(request, asked, _own_first(request, programme_of(caller), "taxonomy", own, Terms()), dict)


@router.get("/taxonomies/{id}")
async def taxonomy(request: Request, id: UUID, caller: AsNgo) -> dict[str, Any]:  # noqa: A002 - HSDS's name
    """A taxonomy."""
    return await _one(request, programme_of(caller), "taxonomy", id)


@router.get("/taxonomy_terms")
async def taxonomy_terms(
    request: Request, caller: AsNgo, asked: Asked, *, top_only: bool = False, parent_id: UUID | None = None
) -> Response:
    """The terms of all taxonomies; `top_only`: those without a parent, `parent_id`: the children of one."""
    wanted = Terms(asked.search.strip(), asked.taxonomy_id, parent_id, top_only=top_only)
    own = [term for term in load_taxonomy().terms if wanted.fits(term.data)]
    return await _answer(request, asked, _own_first(request, programme_of(caller), "taxonomy_term", own, wanted), dict)


@router.get("/taxonomy_terms/{id}")
async def taxonomy_term(request: Request, id: UUID, caller: AsNgo) -> dict[str, Any]:  # noqa: A002 - HSDS's name
    """A term with its taxonomy."""
    return await _one(request, programme_of(caller), "taxonomy_term", id)


def _own_first(request: Request, programme: UUID, kind: str, own: Sequence[Record], wanted: Terms) -> Page:
    """Our own records, which every programme has, and behind them those of its imports."""

    async def page(store: Store, limit: int, offset: int) -> Found:
        mine = own[offset : offset + limit]
        total, keys = await find_terms(store, programme, kind, wanted, limit - len(mine), max(0, offset - len(own)))
        found = await load_around(store, load_shape(), programme, keys)
        composed = Composition(load_shape(), [*load_taxonomy().records, *found], wiring(request).clock())
        documents = [composed.full(key) for key in [*(record.key for record in mine), *keys]]
        return Found(len(own) + total, tuple(documents))

    return page


# -- answers --------------------------------------------------------------------------------------


async def _one(request: Request, programme: UUID, kind: str, id_: UUID) -> dict[str, Any]:
    key: Key = (kind, str(id_))
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        records = [*load_taxonomy().records, *await load_around(store, load_shape(), programme, [key])]
    if key not in {record.key for record in records}:
        raise NotFoundError(f"There is no such {kind.replace('_', ' ')} in this programme.")
    return Composition(load_shape(), records, wired.clock()).full(key)


async def _answer(
    request: Request, asked: Paging, page: Page, shown: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Response:
    """A page as HSDS has it, or all as lines."""
    if asked.format == "ndjson":
        return StreamingResponse(_lines(request, page, shown), media_type="application/x-ndjson")
    async with wiring(request).context.database.transaction() as store:
        found: Found = await page(store, asked.per_page, (asked.page - 1) * asked.per_page)
    contents = [shown(document) for document in found.documents]
    return JSONResponse(page_of(found.total, asked.page, asked.per_page, contents))


def page_of(total: int, page: int, per_page: int, contents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A page as HSDS has it; `page` counts from 1, `total` is of all pages."""
    pages = -(-total // per_page)
    return {
        "total_items": total, "total_pages": pages, "page_number": page, "size": len(contents),
        "first_page": page == 1, "last_page": page >= pages, "empty": not contents, "contents": contents,
    }  # fmt: skip


async def _lines(
    request: Request, page: Page, shown: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> AsyncIterator[str]:
    offset = 0
    while True:
        # A transaction for each piece: a slow reader must not hold a connection.
        async with wiring(request).context.database.transaction() as store:
            found: Found = await page(store, _STREAMED, offset)
        for document in found.documents:
            yield json.dumps(shown(document), ensure_ascii=False) + "\n"
        offset += _STREAMED
        if offset >= found.total:
            return
