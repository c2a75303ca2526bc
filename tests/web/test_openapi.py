"""The interface describes itself."""

from fastapi.routing import iter_route_contexts

from app.web.app import create_app
from tests.conftest import World
from tests.steps import client


async def test_the_document_names_every_route_of_the_interface(world: World) -> None:
    async with client(world) as http:
        answer = await http.get("/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.")
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    expected = {
        (context.path, method)
        for context in iter_route_contexts(create_app(world.wiring).routes)
        for method in (getattr(context, "methods", None) or ())
        if context.path.startswith("/v1/") and method != "HEAD"
    }
    assert len(expected) > 30
    assert expected <= described


async def test_every_route_says_what_it_does_and_what_it_takes(world: World) -> None:
    document = create_app(world.wiring).openapi()
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            assert said.get("description"), f"{method} {path}"
            if method in {"post", "put"} and path in {"/v1/surveys", "/v1/workers", "/v1/registry", "/v1/rounds"}:
                assert said["requestBody"]["content"], f"{method} {path}"


async def test_health_tells_that_the_database_is_there_and_nothing_else(world: World) -> None:
    async with client(world, None) as http:
        answer = await http.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        await world.context.database.aclose()


async def test_answers_may_not_be_kept_or_framed(world: World) -> None:
    async with client(world) as http:
        headers = (await http.get("/v1/sites")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
