"""Templates to responses."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.store.keys import Caller
from app.web.pages import charts, formats

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"


def _address(name: str) -> str:
    # The digest lets a browser keep the file without ever showing yesterday's style.
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


_environment = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    bar=charts.bar,
    count=formats.count,
    day=formats.day,
    moment=formats.moment,
    named=formats.named,
    percent=formats.percent,
    static=cache(_address),
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
    text = _environment.get_template(template).render(caller=caller, phones=phones, status=status, **context)
    return HTMLResponse(text, status)
