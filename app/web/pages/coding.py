"""The page on which an NGO codes replies nobody understood, one after another; it works without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.errors import ConflictError, Fault, InvalidError
from app.jobs.coding import code_reply, unclear
from app.store.keys import FOCAL_POINT, Caller, programme_of
from app.web.access import AsNgo
from app.web.bodies import read_form
from app.web.pages.rounds import has_phones
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

_AT_ONCE = 50


@router.get("/rounds/{round_id:uuid}/unclear")
async def unclear_page(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """The oldest unclear replies, each with buttons for what it may mean."""
    return await _unclear(request, caller, round_id)


async def _unclear(
    request: Request, caller: Caller, round_id: UUID, faults: Sequence[Fault] = (), typed: str = ""
) -> Response:
    """The page; or the page again, with what was `typed` beside the reply that could not be coded so."""
    wired = wiring(request)
    focal = FOCAL_POINT in caller.scopes
    rows = await unclear(wired.context, programme_of(caller), round_id, _AT_ONCE, focal=focal)
    return page(
        "unclear.html", 422 if faults else 200, caller=caller, phones=has_phones(wired, caller), round_id=round_id,
        rows=[row for row in rows if row["text"] is not None],
        hidden=sum(row["text"] is None for row in rows), more=len(rows) == _AT_ONCE, faults=faults, typed=typed,
        done=request.query_params.get("done", ""),
    )  # fmt: skip


@router.post("/rounds/{round_id:uuid}/unclear/{answer_id:uuid}")
async def code_one(request: Request, round_id: UUID, answer_id: UUID, caller: AsNgo) -> Response:
    """Code one reply and come back to the rest."""
    wired = wiring(request)
    given = await read_form(request)
    try:
        form = coded(given)
        await code_reply(
            wired.context, programme_of(caller), answer_id, form["outcome"], form["value"], caller.key, wired.clock(),
            focal=FOCAL_POINT in caller.scopes, suggest=form["suggest"],
        )  # fmt: skip
        done = "coded"
    except ConflictError:
        done = "already"  # somebody else was faster, and nothing is lost
    except InvalidError as refused:
        wrong = [Fault(f"code-{answer_id}", refused.message)]
        return await _unclear(request, caller, round_id, wrong, given.get("code", ""))
    return RedirectResponse(f"/rounds/{round_id}/unclear?done={done}", 303)


def coded(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says: one answer, or several codes, or that the worker does not know or would not say.

    Raises:
        InvalidError: it says nothing of that.
    """
    chosen = form.get("code", "")
    if chosen in {"dont-know", "refused"}:
        return {"outcome": chosen, "value": None, "suggest": "suggest" in form}
    return {"outcome": "answer", "value": _value(form.get("kind", ""), chosen), "suggest": "suggest" in form}


def _value(kind: str, chosen: str) -> object:
    try:
        match kind:
            case "yes-no":
                return {"yes": True, "no": False}[chosen]
            case "many":
                return [int(code) for code in chosen.replace(",", " ").split()]
            case _:
                number = float(chosen)
                return int(number) if number.is_integer() else number
    except (KeyError, ValueError, OverflowError):
        raise InvalidError("Choose what the reply means, or write its number.") from None
