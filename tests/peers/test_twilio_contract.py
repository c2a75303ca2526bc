"""Our carrier, Twilio's official client and our fake of Twilio, held to Twilio's own OpenAPI file by Prism.

Prism stands between the client and the fake and answers with an error of its own when either breaks the contract.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.carriers.protocol import Accepted, Cause, Delivery, OutboundText, Rejected, Retry, Unknown
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.domain.errors import UnavailableError
from tests.carriers.fake_twilio import ACCOUNT, SERVICE, TOKEN, FakeTwilio, Refuse

pytestmark = pytest.mark.peer

HERE = Path(__file__).parent
PRISM = HERE / "node_modules/.bin/prism"
CONTRACT = HERE / "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
SINCE = datetime(2026, 11, 24, 8, tzinfo=UTC)
TEXTS = [
    OutboundText("m1", "+8801711000001", "+15005550006", "গত ৪ সপ্তাহে সব ঘণ্টার মজুরি পেয়েছেন? 1 = হ্যাঁ, 2 = না"),
    OutboundText("m2", "+8801711000002", "+15005550006", "Paid on time? 1 = yes & 2 = no + thanks 🙏"),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _contract() -> str:
    """Twilio's file, with the one place mended where it contradicts its own examples."""
    spec = json.loads(CONTRACT.read_text())
    answer = spec["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]
    for name, schema in answer["schema"]["properties"].items():
        if schema.get("format") == "uri":
            shown = [example["value"][name] for example in answer["examples"].values()]
            assert all(uri is None or uri.startswith("/") for uri in shown), "mended at the source: drop this"
            schema["format"] = "uri-reference"
    return json.dumps(spec)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """(Prism's, the fake's), with Prism listening."""
    node = shutil.which("node")
    if node is None or not PRISM.exists() or not CONTRACT.exists():
        pytest.skip(
            "TWILIO'S CONTRACT IS NOT CHECKED: needs node 20 or newer and `npm ci --ignore-scripts` in tests/peers"
        )
    room = tmp_path_factory.mktemp("prism")
    (room / "contract.json").write_text(_contract())
    mine, behind = _free_port(), _free_port()
    command = [node, str(PRISM), "proxy", "--errors", "-h", "127.0.0.1", "-p", str(mine)]
    with (room / "log").open("wb") as log:
        prism = subprocess.Popen(
            [*command, str(room / "contract.json"), f"http://127.0.0.1:{behind}"], stdout=log, stderr=log, cwd=HERE
        )
    try:
        _wait_for(mine, prism, room / "log")
        yield mine, behind
    finally:
        prism.terminate()
        try:
            prism.wait(10)
        except subprocess.TimeoutExpired:
            prism.kill()
            prism.wait()


def _wait_for(port: int, prism: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and prism.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"Prism did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture
async def fake(ports: tuple[int, int]) -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio(port=ports[1]) as running:
        yield running


@pytest.fixture
def settings(ports: tuple[int, int]) -> TwilioSettings:
    return TwilioSettings(
        ACCOUNT,
        TOKEN,
        "https://shiftline.example",
        f"http://127.0.0.1:{ports[0]}",
        SERVICE,
        timeout=20,
        content_retention="discard",
        address_retention="obfuscate",
    )


@pytest.fixture
async def carrier(settings: TwilioSettings) -> AsyncIterator[TwilioCarrier]:
    made = TwilioCarrier(settings)
    yield made
    await made.aclose()


async def test_a_batch_goes_out_as_the_contract_says(carrier: TwilioCarrier, fake: FakeTwilio) -> None:
    outcomes = await carrier.send(TEXTS)
    sent = {made.form["To"]: made for made in fake.ledger}
    assert outcomes == {text.message: Accepted(sent[text.to].sid) for text in TEXTS}
    assert [sent[text.to].form["Body"] for text in TEXTS] == [text.text for text in TEXTS]
    assert sent[TEXTS[0].to].form["StatusCallback"].endswith("/carriers/twilio/status/m1")
    assert fake.posts == 2


async def test_a_lookup_reads_what_the_contract_says(carrier: TwilioCarrier, fake: FakeTwilio) -> None:
    await carrier.send(TEXTS)
    fake.ledger[0].status = "delivered"
    fake.ledger[1].status, fake.ledger[1].error_code = "undelivered", 30003
    lost, through = (await carrier.reconcile(SINCE)).reports
    assert (through.reference, through.delivery) == (fake.ledger[0].sid, Delivery.DELIVERED)
    assert (lost.delivery, lost.cause) == (Delivery.UNDELIVERED, Cause.UNREACHABLE)
    assert (lost.to, lost.created) == (fake.ledger[1].form["To"], fake.now)
    assert fake.lists[0]["DateSent>"] == "2026-11-24T08:00:00Z"


async def test_refusals_come_through(carrier: TwilioCarrier, fake: FakeTwilio) -> None:
    fake.fail_next(Refuse(429, 20429, "7"))
    assert await carrier.send(TEXTS[:1]) == {"m1": Retry(timedelta(seconds=7), Cause.BUSY, "20429")}
    fake.fail_next(Refuse(400, 21610))
    assert await carrier.send(TEXTS[:1]) == {"m1": Rejected(Cause.OPTED_OUT, "21610")}
    assert fake.ledger == []


# -- the contract bites: without these a proxy that lets all through would pass the tests above ------


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"messaging_service_sid": "the main one"}, id="no such kind of service"),
        pytest.param({"public_url": "shiftline example"}, id="callback is no address"),
        pytest.param({"account_sid": "AC1"}, id="no such kind of account"),
        pytest.param({"content_retention": "forget"}, id="no such retention"),
    ],
)
async def test_a_wrong_request_is_objected_to_before_it_rings_a_phone(
    settings: TwilioSettings, fake: FakeTwilio, change: dict[str, str]
) -> None:
    carrier = TwilioCarrier(replace(settings, **change))  # type: ignore[arg-type]
    outcomes = await carrier.send(TEXTS[:1])
    await carrier.aclose()
    assert outcomes == {"m1": Rejected(Cause.OTHER, "http-422")}
    assert fake.posts == 0


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"sid": "SM1"}, id="sid too short"),
        pytest.param({"status": "on its way"}, id="no such state"),
        pytest.param({"error_code": "none"}, id="error code not a number"),
    ],
)
async def test_a_wrong_answer_of_the_fake_is_objected_to(
    carrier: TwilioCarrier, fake: FakeTwilio, lie: dict[str, object]
) -> None:
    fake.lie = lie
    assert await carrier.send(TEXTS[:1]) == {"m1": Unknown(Cause.OTHER, "http-500")}
    assert len(fake.ledger) == 1
    with pytest.raises(UnavailableError):
        await carrier.reconcile(SINCE)
