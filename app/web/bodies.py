"""Bodies of a bounded size, read as they come."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalogue.documents import parse_yaml
from app.domain.errors import Fault, InvalidError
from app.web.problems import problem

LARGE = frozenset(
    {
        "/v1/workers",
        "/people/roster",
        "/people/roster/look",
        "/v1/registry",
        "/v1/registry/sheet",
        "/v1/registry/sheet/columns",
        "/registry/import",
    }
)
"""Where a whole roster or registry comes in."""
TOO_LARGE = 413
_PARTED = "multipart/form-data"
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})')
_NAME = re.compile(rb'[;\s]name="([^"]*)"')


class BodyLimit:
    """Refuses a body over the limit before anything reads it, and an address with a NUL, which no text needs.

    One place for every route, so that none is forgotten. A roster or a registry alone may be larger.
    """

    def __init__(self, app: ASGIApp, usual: int, roster: int) -> None:
        self._app = app
        self._usual = usual
        self._roster = roster

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._roster if scope["path"] in LARGE else self._usual
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await problem(400, "invalid", "The address holds a NUL character")(scope, receive, send)
        elif not declared.isdigit() or int(declared) > limit:
            await _too_large(limit)(scope, receive, send)
        else:
            await self._app(scope, _Counted(receive, limit), send)


class _Counted:
    """Counts what comes in, for a body whose length was not declared or was declared falsely."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            # FastAPI lets this one through where it would turn any other error of reading into a 400.
            raise HTTPException(TOO_LARGE, f"The body may hold at most {self._limit:,} bytes.")
        return message


def _too_large(limit: int) -> Response:
    return problem(TOO_LARGE, "too-large", "The body is too large", f"The body may hold at most {limit:,} bytes.")


async def read_document(request: Request) -> Any:
    """A JSON or YAML body; InvalidError where it is malformed."""
    raw = await request.body()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError("The body is not UTF-8 text.") from error
    if "yaml" in request.headers.get("content-type", ""):
        return _storable(parse_yaml(text, "body"))
    try:
        return _storable(json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "body"
        raise InvalidError(
            "The body is not JSON; send YAML with `Content-Type: application/yaml`.", [Fault(place, "malformed")]
        ) from error


def unstorable(value: Any) -> str:
    """Why no database could keep a document, however it was written; empty where one can."""
    try:
        written = json.dumps(value, default=str, ensure_ascii=False, allow_nan=False, skipkeys=True)
        written.encode()
    except UnicodeEncodeError:
        return "holds half a character"
    except (ValueError, RecursionError):
        return "holds a number that is none, or is nested too deeply"
    return "holds a NUL character, which no text needs" if "\\u0000" in written else ""


def _storable(document: Any) -> Any:
    if fault := unstorable(document):
        raise InvalidError(f"The body {fault}.", [Fault("body", fault)])
    return document


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON, though Python takes them


async def read_form(request: Request) -> dict[str, str]:
    """A form's fields; a NUL, which no database keeps, is read as what is no character.

    (Starlette's own form reader costs two fifths of a webhook's throughput.)
    """
    body, kind = await request.body(), request.headers.get("content-type", "")
    if kind.startswith(_PARTED):
        fields = [(name, content.decode("utf-8", "replace")) for name, content, file in _parts(body, kind) if not file]
    else:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: text.replace("\0", "\ufffd") for name, text in fields}


async def read_file(request: Request) -> bytes:
    """The file of a form in parts; any other body is the file itself.

    Raises:
        InvalidError: the form holds no file.
    """
    body, kind = await request.body(), request.headers.get("content-type", "")
    if not kind.startswith(_PARTED):
        return body
    for _, content, file in _parts(body, kind):
        if file:
            return content
    raise InvalidError("The form holds no file.", [Fault("file", "is missing")])


def _parts(body: bytes, kind: str) -> Iterator[tuple[str, bytes, bool]]:
    """The parts of a form (RFC 7578): name, content, whether it is a file."""
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        return
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.group(1).encode())[1:]:
        head, parted, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if parted and name:
            yield name.group(1).decode("utf-8", "replace"), content, b"filename=" in head
