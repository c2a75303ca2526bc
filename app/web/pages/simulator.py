"""The simulator's phones as a page: read a thread, type a text. Numbers stay out of addresses and of what is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlencode

from cryptography.fernet import Fernet, InvalidToken
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.carriers.simulator import HandsetText, Simulator
from app.domain.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from app.domain.numbers import mask, normalise
from app.jobs.engine import settle_simulator
from app.jobs.keeping import keep
from app.store.keys import Caller
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages.templating import page
from app.web.rest.phones import phone_of
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_MOST_PHONES = 30
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in the list: the sealed number for its address, and what may be seen of it."""

    sealed: str
    masked: str
    texts: int
    at: datetime
    chosen: bool


# The simulator's memory ends with the process, and so may the words that stand for its phones in addresses.
_SEAL = Fernet(Fernet.generate_key())


def seal(number: str) -> str:
    """An opaque word for a number; another one each time."""
    return _SEAL.encrypt(number.encode()).decode().rstrip("=")


def unseal(word: str) -> str:
    """The number of a word; NotFoundError for one that is not of this process."""
    try:
        return _SEAL.decrypt(word + "=" * (-len(word) % 4)).decode()
    except (InvalidToken, ValueError):
        raise NotFoundError("This phone is not known any more; choose it anew.") from None


@router.get("/simulator")
async def phones(request: Request, caller: AsNgo) -> Response:
    """The phones that stirred last, and the thread of the one that was chosen."""
    word = request.query_params.get("phone", "")
    return await _shown(request, caller, unseal(word) if word else "")


@router.post("/simulator/phone")
async def choose_phone(request: Request, caller: AsNgo) -> Response:
    """A phone by its number, which comes in the body because addresses are logged."""
    form = await read_form(request)
    try:
        number = normalise(form.get("number", ""), "")
    except InvalidError:
        return await _shown(request, caller, "", refused=True)
    return _at(number)


@router.post("/simulator/texts")
async def type_text(request: Request, caller: AsNgo) -> Response:
    """Type a text on the chosen phone; what it leads to is on the phone when its page comes back."""
    wired = wiring(request)
    form = await read_form(request)
    number, text = unseal(form.get("phone", "")), form.get("text", "").replace("\x00", "")
    if len(text) > _LONGEST_TEXT:
        raise InvalidError(f"A text may hold at most {_LONGEST_TEXT:,} characters.")
    simulator, sender = await phone_of(wired, caller)
    inbound = simulator.type_text(number, sender, text, wired.clock())
    await keep(wired.context, simulator.name, [inbound], wired.clock())
    await settle_simulator(wired.context, simulator, wired.clock())
    return _at(number)


def _at(number: str) -> Response:
    return RedirectResponse(f"/simulator?{urlencode({'phone': seal(number)})}", 303)


async def _shown(request: Request, caller: Caller, chosen: str, *, refused: bool = False) -> Response:
    wired = wiring(request)
    try:
        simulator, sender = await phone_of(wired, caller)
    except (UnavailableError, ConflictError) as problem:
        return page("no_phones.html", caller=caller, detail=problem.message)
    return page(
        "simulator.html", 422 if refused else 200, caller=caller, phones=True, refused=refused,
        recent=recent_phones(simulator, sender, chosen), chosen=seal(chosen) if chosen else "",
        masked=mask(chosen), texts=thread(simulator, sender, chosen), longest=_LONGEST_TEXT,
    )  # fmt: skip


def recent_phones(simulator: Simulator, sender: str, chosen: str = "") -> Sequence[Phone]:
    """The phones that hold texts of the programme's number, the last to stir first."""
    threads = ((number, thread(simulator, sender, number)) for number in simulator.numbers())
    found = ((number, texts) for number, texts in threads if texts)
    return [
        Phone(seal(number), mask(number), len(texts), texts[-1].at, number == chosen)
        for number, texts in islice(found, _MOST_PHONES)
    ]


def thread(simulator: Simulator, sender: str, number: str) -> Sequence[HandsetText]:
    """What a phone shows of the programme's texts, the oldest first."""
    return [text for text in simulator.handset(number).texts if text.peer == sender]
