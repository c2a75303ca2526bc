"""Signing in and out, and what the pages are drawn with."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.domain.errors import UnauthenticatedError
from app.store.keys import caller_of_key, close_session, open_session
from app.web.access import COOKIE, refuse_foreign
from app.web.bodies import read_form
from app.web.pages.origins import local_path
from app.web.pages.templating import STATIC, page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """The stylesheet, the mark and the one script."""
    return StaticFiles(directory=STATIC)


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """The form that takes a key."""
    return page("sign_in.html", next=local_path(request.query_params.get("next", "/")), refused=False)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """A session for the key's holder; for a wrong key the form again, which never repeats the key."""
    refuse_foreign(request)
    wired = wiring(request)
    form = await read_form(request)
    onward = local_path(form.get("next", "/"))
    try:
        async with wired.context.database.transaction() as store:
            caller = await caller_of_key(store, form.get("key", "").strip())
            token = await open_session(store, caller.key, wired.clock())
    except UnauthenticatedError:
        return page("sign_in.html", 401, next=onward, refused=True)
    answer = RedirectResponse(onward, 303)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=wired.secure_cookies)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """The end of the session, here and in the store."""
    refuse_foreign(request)
    wired = wiring(request)
    async with wired.context.database.transaction() as store:
        await close_session(store, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=wired.secure_cookies)
    return answer
