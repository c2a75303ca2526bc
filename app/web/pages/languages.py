"""The language of the interface: asked for by `?lang=`, else the cookie's, else what the browser prefers."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import cast
from urllib.parse import parse_qsl, urlencode

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.phrases import Phrase, listed

LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "Français", "es": "Español", "bn": "বাংলা"}
"""What the interface speaks, each by its own name. English is the source and has no catalog."""

CATALOGS = Path(__file__).parents[1] / "locale"
COOKIE = "shiftline_language"
_LASTS = 365 * 24 * 3600
# English as most of the world writes dates: the day first.
_LOCALES: Mapping[str, str] = {"en": "en_001"}


@dataclass(frozen=True, slots=True)
class Visit:
    """The request a page is drawn for: its language, its path and what follows the `?`."""

    language: str = "en"
    path: str = "/"
    query: str = ""

    def with_query(self, **changed: str) -> str:
        """This address with some parameters set; one set to "" is left out. What is not set stays, as often as it is there."""
        kept = [(name, value) for name, value in parse_qsl(self.query) if name not in changed]
        told = urlencode([*kept, *((name, value) for name, value in changed.items() if value)])
        return f"{self.path}?{told}" if told else self.path


# Every text of a page asks for it, so that it is not handed through each function that writes a word.
_visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def visit() -> Visit:
    """The request at hand; in English at the front page where there is none."""
    return _visit.get() or Visit()


def locale() -> Locale:
    """How the language at hand writes numbers and dates."""
    return locale_of(visit().language)


@cache
def locale_of(language: str) -> Locale:
    """How a language writes numbers and dates."""
    return Locale.parse(_LOCALES.get(language, language))


def gettext(text: str) -> str:
    """A text in the language at hand; itself where nobody has translated it."""
    if not isinstance(text, Phrase):
        # The catalog's entry of nothing is what it says of itself.
        return _translations(visit().language).gettext(text) if text else ""
    # What stands in quotes was written by somebody, and is told as it was written: a question may be called `pay`.
    # What says itself how it is to be written, is written so.
    kept = {name for _, name, form, conversion in Formatter().parse(text.template) if conversion == "r" or form}
    said = {name: value if name in kept else _said(value) for name, value in text.values.items()}
    return gettext(text.template).format(**said)


def _said(value: object) -> object:
    if isinstance(value, tuple):
        return listed(tuple(_said(item) for item in cast("tuple[object, ...]", value)))
    if isinstance(value, float):
        return format_decimal(value, locale=locale())
    return gettext(value) if isinstance(value, str) else value


def ngettext(one: str, many: str, number: int) -> str:
    """The same for a text that depends on a number."""
    return _translations(visit().language).ngettext(one, many, number)


def marked(text: str) -> str:
    """A text that is translated where it is used; the catalogs are made from these marks."""
    return text


@cache
def _translations(language: str) -> NullTranslations:
    path = CATALOGS / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    # Compiled in memory: no file to be forgotten, and nothing to be built before the service starts.
    compiled = BytesIO()
    with path.open("rb") as catalog:
        write_mo(compiled, read_po(catalog, locale=language), use_fuzzy=False)
    compiled.seek(0)
    return GNUTranslations(compiled)


def preferred(accept: str) -> str:
    """The first of our languages in an `Accept-Language`, the weightiest first; English where there is none."""
    weighed: list[tuple[float, str]] = []
    for entry in accept.split(","):
        tag, _, weight = entry.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag.split("-")[0].casefold()))
        except ValueError:
            continue
    return next((tag for weight, tag in sorted(weighed, key=lambda one: one[0]) if weight and tag in LANGUAGES), "en")


class Languages:
    """Middleware: chooses the language of a request, and keeps a choice in a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in its language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        chosen = dict(parse_qsl(query)).get("lang", "")
        headers = Headers(scope=scope)
        kept = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        language = next((one for one in (chosen, kept) if one in LANGUAGES), "") or preferred(
            headers.get("accept-language", "")
        )

        async def remember(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES and chosen != kept:
                MutableHeaders(scope=message).append(
                    "Set-Cookie", f"{COOKIE}={chosen}; Path=/; Max-Age={_LASTS}; SameSite=Lax; HttpOnly"
                )
            await send(message)

        token = _visit.set(Visit(language, scope["path"], query))
        try:
            await self._app(scope, receive, remember)
        finally:
            _visit.reset(token)
