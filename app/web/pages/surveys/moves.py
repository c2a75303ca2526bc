"""What the buttons of the editor do to its fields: add, take away, move up."""

from typing import Any, cast

from app.domain.survey import Kind
from app.web.pages.surveys.fields import Tree, whole

_MOST_LANGUAGES = 30


def moved(tree: Tree, do: str) -> Tree:
    """The fields after a button: `add:questions`, `remove:needs:1`, `up:questions:2`, `add:options:2`, `add:languages:fr`."""
    return whole(_moved(tree, do))


def _moved(tree: Tree, do: str) -> Tree:
    verb, _, rest = do.partition(":")
    name, _, which = rest.partition(":")
    copy = {**tree}
    if name == "languages":
        return _languages(copy, verb, which)
    if name == "options":
        question, _, at = which.partition(":")
        rows = _rows(copy, "questions")
        if question.isdecimal() and int(question) < len(rows):
            rows[int(question)] = _with(dict(rows[int(question)]), "options", verb, at)
            copy["questions"] = rows
        return copy
    return _with(copy, name, verb, which) if name in _NEW else copy


_NEW: dict[str, dict[str, Any]] = {
    "questions": {"kind": Kind.YES_NO},
    "options": {},
    "indicators": {"scoring": "mean"},
    "needs": {"urgency": "normal", "sensitivity": "standard"},
}


def _rows(tree: Tree, name: str) -> list[Any]:
    found = tree.get(name)
    return [*cast("list[Any]", found)] if isinstance(found, list) else []


def _with(tree: dict[str, Any], name: str, verb: str, which: str) -> dict[str, Any]:
    rows = _rows(tree, name)
    at = int(which) if which.isdecimal() else -1
    if verb == "add":
        rows.append({"code": str(len(rows) + 1)} if name == "options" else {**_NEW[name]})
    elif 0 <= at < len(rows) and verb == "remove":
        del rows[at]
    elif 0 < at < len(rows) and verb == "up":
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    return {**tree, name: rows}


def _languages(tree: dict[str, Any], verb: str, language: str) -> dict[str, Any]:
    spoken = [one for one in _rows(tree, "languages") if one != language]
    if verb == "add" and language and len(spoken) < _MOST_LANGUAGES:
        spoken.append(language)
    return {**tree, "languages": spoken}
