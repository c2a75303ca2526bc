"""Accounts with carriers by REST: checked before they are kept, sealed, never shown again; and a programme's routes."""

from typing import Any

import pytest

from app.jobs.roads import Roads
from app.store.programmes import save_channel
from tests.conftest import SENDER, World
from tests.steps import client, rows

KANNEL = {
    "kind": "kannel",
    "settings": {
        "sendsms_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "u", "password": "pass-one",
        "secret": "a-secret-of-length-16", "allowed_peers": ["127.0.0.1/32"],
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
async def closed(world: World) -> Any:
    yield
    roads = world.context.carriers
    assert isinstance(roads, Roads)
    await roads.aclose()


async def test_an_account_is_set_up_used_at_once_and_its_secrets_never_shown(world: World) -> None:
    async with client(world, "operator") as operator:
        made = await operator.put("/v1/carriers/aggregator", json=KANNEL)
        listed = await operator.get("/v1/carriers")
    assert made.status_code == 200
    assert made.json()["open"] is True
    assert made.json()["secrets"] == ["password", "secret"]
    assert "aggregator" in world.context.carriers
    for answer in (made, listed):
        assert "pass-one" not in answer.text
        assert "a-secret-of-length-16" not in answer.text


async def test_a_changed_setting_leaves_the_secrets_as_they_are(world: World) -> None:
    async with client(world, "operator") as operator:
        await operator.put("/v1/carriers/aggregator", json=KANNEL)
        before = world.context.carriers["aggregator"]
        changed = await operator.put(
            "/v1/carriers/aggregator", json={"kind": "kannel", "settings": {"segments_per_second": 30}}
        )
    assert changed.json()["settings"]["segments_per_second"] == 30
    assert changed.json()["secrets"] == ["password", "secret"]
    after = world.context.carriers["aggregator"]
    assert after is not before
    assert after.capabilities.segments_per_second == 30


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param({"kind": "pigeon", "settings": {}}, "no kind of carrier", id="an unknown kind"),
        pytest.param({"kind": "kannel", "settings": {"colour": "red"}}, "no such setting", id="an unknown setting"),
        pytest.param({"kind": "kannel", "settings": {"username": "u"}}, "sendsms_url", id="a missing setting"),
        pytest.param(
            {"kind": "kannel", "settings": {**KANNEL["settings"], "secret": "short"}},  # type: ignore[dict-item]
            "16 to 128",
            id="a short secret",
        ),
        pytest.param({"kind": "generic", "settings": {}}, "definition", id="a generic one without its definition"),
    ],
)
async def test_what_does_not_fit_is_told_and_nothing_is_kept(world: World, body: dict[str, Any], told: str) -> None:
    async with client(world, "operator") as operator:
        refused = await operator.put("/v1/carriers/aggregator", json=body)
    assert refused.status_code == 422
    assert told in refused.text
    assert "short" not in refused.json().get("errors", "")
    assert await rows(world, "SELECT id FROM road") == []


async def test_a_road_of_the_environment_keeps_its_name(world: World) -> None:
    async with client(world, "operator") as operator:
        refused = await operator.put("/v1/carriers/simulator", json=KANNEL)
    assert refused.status_code == 422


async def test_a_retired_road_is_closed_and_may_be_set_up_anew(world: World) -> None:
    async with client(world, "operator") as operator:
        await operator.put("/v1/carriers/aggregator", json=KANNEL)
        assert (await operator.delete("/v1/carriers/aggregator")).status_code == 204
        assert "aggregator" not in world.context.carriers
        assert (await operator.delete("/v1/carriers/aggregator")).status_code == 404
        assert (await operator.put("/v1/carriers/aggregator", json=KANNEL)).json()["open"] is True


async def test_a_road_that_was_taken_out_of_the_environment_may_be_retired(world: World) -> None:
    async with client(world, "operator") as http:
        assert (await http.delete("/v1/carriers/twilio")).status_code == 404, "nobody ever had a sender with it"
        assert (await http.delete("/v1/carriers/simulator")).status_code == 422, "it is here"
        async with world.context.database.transaction() as store:
            await save_channel(store, world.id, "twilio", "+15005550010", world.clock())
        assert (await http.delete("/v1/carriers/twilio")).status_code == 204
        roads = world.context.carriers
        assert isinstance(roads, Roads)
        assert roads.retired == {"twilio"}, "so its texts take another road, or are a person's to mend"
        assert (await http.delete("/v1/carriers/twilio")).status_code == 404
        listed = {road["name"]: road for road in (await http.get("/v1/carriers")).json()}
    assert listed["twilio"]["retired_at"]
    assert not listed["twilio"]["open"]


async def test_every_kind_says_what_it_must_be_told(world: World) -> None:
    async with client(world, "operator") as operator:
        kinds = (await operator.get("/v1/carriers/kinds")).json()
    assert {"africastalking", "android", "generic", "infobip", "kannel", "twilio", "vonage"} == kinds.keys()
    assert kinds["twilio"]["auth_token"] == {"required": True, "secret": True}
    assert kinds["kannel"]["smsc"] == {"required": False, "secret": False}
    assert all("name" not in settings for settings in kinds.values())


async def test_routes_are_kept_whole_and_only_over_the_programmes_own_channels(world: World) -> None:
    async with world.context.database.transaction() as store:
        await save_channel(store, world.id, "simulator", "+15005550099", world.clock())
    wanted = [
        {"country": "", "prefix": "", "channels": [{"carrier": "simulator", "sender": SENDER}]},
        {
            "country": "BD",
            "prefix": "88017",
            "channels": [
                {"carrier": "simulator", "sender": "+15005550099"},
                {"carrier": "simulator", "sender": SENDER},
            ],
        },
    ]
    async with client(world, "operator") as operator:
        assert (await operator.put("/v1/programmes/alpha/routes", json=wanted)).json() == wanted
        assert (await operator.get("/v1/programmes/alpha/routes")).json() == wanted
        stray = [{"country": "KE", "channels": [{"carrier": "simulator", "sender": "+1999"}]}]
        refused = await operator.put("/v1/programmes/alpha/routes", json=stray)
        assert refused.status_code == 422
        twice = await operator.put("/v1/programmes/alpha/routes", json=[wanted[0], wanted[0]])
        assert twice.status_code == 422
        assert (await operator.get("/v1/programmes/alpha/routes")).json() == wanted, "nothing was changed by halves"


async def test_kept_secrets_go_to_no_other_address(world: World) -> None:
    async with client(world, "operator") as operator:
        await operator.put("/v1/carriers/aggregator", json=KANNEL)
        moved = {"kind": "kannel", "settings": {"sendsms_url": "http://127.0.0.1:9/elsewhere"}}
        refused = await operator.put("/v1/carriers/aggregator", json=moved)
        assert refused.status_code == 422
        assert "password" in refused.text
        moved["settings"] |= {"password": "pass-two", "secret": "a-secret-of-length-17"}  # type: ignore[operator]
        assert (await operator.put("/v1/carriers/aggregator", json=moved)).status_code == 200
