"""The form beside a rule: a question, a comparison, a value, and how the test joins those before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.survey import Kind, Survey
from app.domain.xlsform.joining import Choices, joined
from app.domain.xlsform.writing import names_of
from app.web.pages.languages import marked
from app.web.pages.surveys.fields import Tree, rows

COMPARISONS: Mapping[str, str] = {
    "=": marked("is"),
    "!=": marked("is not"),
    "<": marked("is less than"),
    "<=": marked("is at most"),
    ">=": marked("is at least"),
    ">": marked("is more than"),
}
JOINS: Mapping[str, str] = {"and": marked("and also"), "or": marked("or else")}
_RULES: Mapping[str, str] = {"questions": "ask_if", "needs": "when"}


@dataclass(frozen=True, slots=True)
class Testable:
    """What a rule may test: a question's code and what its answers are called in rules, none for numbers and words."""

    code: str
    values: Sequence[str]


def testable(survey: Survey) -> Sequence[Testable]:
    """The questions that have an answer, in order."""
    return [
        Testable(
            question.code, ["yes", "no"] if question.kind is Kind.YES_NO else list(names_of(question).values())
        )
        for question in survey.questions
        if question.kind is not Kind.NOTE
    ]  # fmt: skip


def with_test(tree: Tree, form: Mapping[str, str], do: str) -> Tree:
    """The fields with what was chosen beside a rule added to it: `rule:questions:2`, `rule:needs:0`."""
    _, name, at = do.split(":") if do.count(":") == 2 else ("", "", "")  # noqa: PLR2004
    found = [dict(row) for row in rows(tree, name)] if name in _RULES else []
    if not at.isdecimal() or int(at) >= len(found):
        return tree
    chosen = {part: form.get(f"guide.{name}.{at}.{part}", "").strip() for part in ("question", "sign", "value", "join")}
    kinds = {row["code"]: row["kind"] for row in rows(tree, "questions")}
    kind = Kind.SCALE if chosen["question"].startswith("indicator:") else _kind(kinds.get(chosen["question"], ""))
    row = found[int(at)]
    rule = joined(
        row[_RULES[name]], Choices(chosen["question"], kind, chosen["sign"], chosen["value"], chosen["join"] or "and")
    )
    found[int(at)] = {**row, _RULES[name]: rule}
    return {**tree, name: found}


def _kind(text: str) -> Kind:
    return Kind(text) if text in list(Kind) else Kind.TEXT
