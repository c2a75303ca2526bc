"""The published scales that ship with the program, and how a survey comes to carry those it uses."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from app.catalogue.documents import read_yaml
from app.catalogue.places import DATA
from app.domain.instruments import Instrument, parse_instrument

Document = Mapping[str, Any]


@cache
def load_instruments() -> Mapping[str, Document]:
    """Code → document; a malformed one stops the program at start, where it is seen."""
    documents: list[Document] = [read_yaml(path) for path in sorted((DATA / "instruments").glob("*.yaml"))]
    return {parse_instrument(document).code: document for document in documents}


@cache
def instrument(code: str) -> Instrument:
    """The shipped instrument of this code; KeyError where there is none."""
    return parse_instrument(load_instruments()[code])


def with_instruments(document: Any) -> Any:
    """The survey document with the instruments its indicators name, as they are today.

    A published version keeps them so: a correction to a shipped file never changes what was scored before. What the
    document itself says of a published instrument is replaced, for its rules are not ours to change.
    """
    if not isinstance(document, Mapping):
        return document
    survey = cast("Document", document)
    rows: Any = survey.get("indicators")
    named = {str(row.get("scoring")) for row in rows if isinstance(row, Mapping)} if isinstance(rows, list) else set()
    carried = {code: shipped for code, shipped in load_instruments().items() if code in named}
    rest = {name: value for name, value in survey.items() if name != "instruments"}
    return {**rest, "instruments": carried} if carried else rest
