"""Templates to responses."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension

from app.store.keys import Caller
from app.web.pages import charts, formats
from app.web.pages.languages import LANGUAGES, gettext, locale, ngettext, visit
from app.web.pages.navigation import entries

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"


def _address(name: str) -> str:
    # The digest lets a browser keep the file without ever showing yesterday's style.
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


class _FormTokens(Extension):
    """Puts the token of its session into every form that posts, so that no template can forget it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del name, filename
        return _POSTING.sub(r'\g<0><input type="hidden" name="form_token" value="{{ form_token }}">', source)


_POSTING = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')

_environment = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n", _FormTokens],
)
_environment.policies["ext.i18n.trimmed"] = True
# The texts ask for the language when they are written, so that one environment serves all.
_environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] - of the extension
cast("dict[str, Any]", _environment.globals).update(visit=visit, locale=locale, languages=LANGUAGES)
_environment.filters.update(
    bar=charts.bar,
    count=formats.count,
    country=formats.country,
    date=formats.date,
    day=formats.day,
    digits=formats.digits,
    mean=formats.mean,
    moment=formats.moment,
    named=formats.named,
    percent=formats.percent,
    static=cache(_address),
    told=gettext,
    tongue=formats.tongue,
    weekday=formats.weekday,
)


def page(
    template: str, status: int = 200, *, caller: Caller | None = None, phones: bool = False, **context: object
) -> HTMLResponse:
    """A page.

    Args:
        template: its file in the folder of templates.
        status: of the answer.
        caller: who is signed in, for the head of the page; None where nobody is, or where it is not known.
        phones: whether the head leads to the simulator.
        context: what the template names.
    """
    shown = entries(caller, phones=phones) if caller else []
    text = _environment.get_template(template).render(
        caller=caller, entries=shown, status=status, form_token=caller.form_token if caller else "", **context
    )
    return HTMLResponse(text, status)


def text_of(template: str, **context: object) -> str:
    """A part of a page, to be put into one that is there already."""
    return _environment.get_template(template).render(**context)
