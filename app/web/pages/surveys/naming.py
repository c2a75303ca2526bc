"""The places of a survey in words: `questions.paid.text.bn` is the wording of the question `paid` in Bangla."""

from collections.abc import Mapping

from app.web.pages import formats
from app.web.pages.languages import gettext, marked

_EACH: Mapping[str, str] = {
    "questions": marked("Question %(name)s"),
    "options": marked("Option %(name)s"),
    "indicators": marked("Indicator %(name)s"),
    "needs": marked("Need %(number)s"),
}
"""What there is many of, by its code or its number."""
_PARTS: Mapping[str, str] = {
    "title": marked("Title"), "source": marked("Source"), "languages": marked("Languages"),
    "partial_after": marked("Counts as a partial answer from"), "purpose": marked("What the survey asks about"),
    "reviews": marked("Review"), "questions": marked("Questions"), "options": marked("Options"),
    "indicators": marked("Indicators"), "needs": marked("Needs"), "order": marked("Order"), "code": marked("Code"),
    "kind": marked("Kind"), "text": marked("Wording"), "reask": marked("Own words for asking again"),
    "min": marked("Least"), "max": marked("Most"), "yes": marked("Score of a yes"), "no": marked("Score of a no"),
    "ask_if": marked("Asked only if"), "value": marked("Value"), "score": marked("Score"), "domain": marked("Domain"),
    "of": marked("Made of the questions"), "scoring": marked("Scoring"), "category": marked("Need"),
    "urgency": marked("Urgency"), "sensitivity": marked("Sensitivity"), "when": marked("Raised when"),
    "status": marked("State"), "by": marked("Who"), "on": marked("When"),
}  # fmt: skip
_SPOKEN = frozenset({"text", "reask", "purpose", "reviews"})
"""What has a part for each language."""
_CODED = frozenset({"kind", "status", "domain", "scoring", "category", "urgency", "sensitivity"})


def placed(place: str) -> str:
    """A place as the editor calls it: `Question paid · Wording · Bangla`; a part it has no field for by its own name."""
    parts = place.replace("[", ".").replace("]", "").split(".")
    said: list[str] = []
    before = ""
    while parts:
        part = parts.pop(0)
        if part in _EACH and parts and parts[0] != "order":
            name = parts.pop(0)
            said.append(gettext(_EACH[part]) % {"name": name, "number": formats.digits(name)})
        elif before in _SPOKEN:
            said.append(formats.tongue(part))
        else:
            said.append(gettext(_PARTS[part]) if part in _PARTS else formats.named(part))
        before = part
    return " · ".join(said)


def worded(place: str, text: str) -> str:
    """What a place holds: choices and languages by their names, all else as it was written."""
    part = place.rpartition(".")[2]
    if part == "languages":
        return ", ".join(formats.tongue(code) for code in text.split(", ")) if text else ""
    return formats.named(text) if part in _CODED else text
