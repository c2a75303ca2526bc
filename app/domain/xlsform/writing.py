"""A survey as a form that other programs read, and that gives the same questions when it is read here."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.domain.errors import Fault, InvalidError
from app.domain.survey import Condition, Kind, Option, Question, Survey, Value
from app.domain.xlsform.model import CHOICES, SETTINGS, SURVEY, Row, Table

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|\d+")
_TYPES = {Kind.NUMBER: "decimal", Kind.SCALE: "range", Kind.TEXT: "text", Kind.NOTE: "note"}
_SIGNS = (("over", ">"), ("under", "<"), ("at_least", ">="), ("at_most", "<="))
_YES_NO: Mapping[bool, str] = {True: "yes", False: "no"}


def write_form(
    survey: Survey, version: int, names: Mapping[str, str], yes_no: Mapping[str, tuple[str, str]]
) -> dict[str, Table]:
    """The sheets of a survey: its questions, options, skip rules and wordings; not what the answers feed.

    Args:
        survey: the survey.
        version: its version.
        names: language → its name in English.
        yes_no: language → its words for yes and no.

    Raises:
        InvalidError: a skip rule holds a text that no form can quote.
    """
    heads = {language: f"{names[language]} ({language})" for language in survey.languages}
    writer = _Writer(survey, heads, yes_no)
    first = survey.languages[0]
    settings = {
        "form_title": survey.title, "form_id": survey.code, "version": str(version), "default_language": heads[first],
        **writer.spoken("purpose", survey.purpose), "partial_after": survey.partial_after,
    }  # fmt: skip
    return {
        SURVEY: _table([writer.question(question) for question in survey.questions]),
        CHOICES: _table([row for question in survey.questions for row in writer.choices(question)]),
        SETTINGS: _table([settings]),
    }


def _table(rows: Sequence[Mapping[str, str]]) -> Table:
    header = list(dict.fromkeys(head for row in rows for head in row))
    return Table(
        tuple(header),
        tuple(Row(number, {head: text for head, text in row.items() if text}) for number, row in enumerate(rows, 2)),
    )


class _Writer:
    """Writes the rows of one survey."""

    def __init__(self, survey: Survey, heads: Mapping[str, str], yes_no: Mapping[str, tuple[str, str]]) -> None:
        self._survey = survey
        self._heads = heads
        self._yes_no = yes_no

    def spoken(self, name: str, texts: Mapping[str, str]) -> dict[str, str]:
        return {f"{name}::{head}": texts.get(language, "") for language, head in self._heads.items()}

    def question(self, question: Question) -> dict[str, str]:
        low, high = _told(question.minimum), _told(question.maximum)
        scale = question.kind is Kind.SCALE
        ends = [f". >= {low}" if low else "", f". <= {high}" if high else ""]
        return {
            "type": _type(question), "name": question.code, **self.spoken("label", question.text),
            "relevant": self._relevant(question),
            "constraint": "" if scale else " and ".join(filter(None, ends)),
            **self.spoken("constraint_message", question.reask),
            "parameters": f"start={low} end={high} step=1" if scale else "",
        }  # fmt: skip

    def _relevant(self, question: Question) -> str:
        questions = {asked.code: asked for asked in self._survey.questions}
        place = f"questions.{question.code}.ask_if"
        return write_rule(question.ask_if, questions, place) if question.ask_if else ""

    def choices(self, question: Question) -> Iterator[dict[str, str]]:
        if question.kind is Kind.YES_NO:
            for at, (answer, name) in enumerate(_YES_NO.items()):
                words = {language: self._yes_no[language][at] for language in self._heads}
                yield {
                    "list_name": question.code, "name": name, **self.spoken("label", words), "sms_code": str(at + 1),
                    "score": _told(question.scores.get(answer)),
                }  # fmt: skip
        for option, name in names_of(question).items():
            yield {
                "list_name": question.code, "name": name, **self.spoken("label", question.options[option].text),
                "sms_code": str(question.options[option].code), "score": _told(question.options[option].score),
                "sms_value": "" if question.options[option].value == name else question.options[option].value,
            }  # fmt: skip


# -- rules ----------------------------------------------------------------------------------------


def write_rule(condition: Condition, questions: Mapping[str, Question], place: str) -> str:
    """A condition as an expression.

    Raises:
        InvalidError: it holds a text that no expression can quote; its fault stands at `place`.
    """
    if condition.group:
        parts = [write_rule(part, questions, place) for part in condition.parts]
        if condition.group == "not":
            return f"not({' or '.join(parts)})"
        word = " and " if condition.group == "all" else " or "
        return parts[0] if len(parts) == 1 else f"({word.join(parts)})"
    tests = list(_leaf(condition, questions.get(condition.question), place))
    return tests[0] if len(tests) == 1 else f"({' and '.join(tests)})"


def _type(question: Question) -> str:
    match question.kind:
        case Kind.SINGLE | Kind.YES_NO:
            return f"select_one {question.code}"
        case Kind.MANY:
            return f"select_multiple {question.code}"
        case _:
            return _TYPES[question.kind]


def names_of(question: Question) -> dict[int, str]:
    """The place of each option → its name in a form: its value, or its number where a value can be no name."""
    values = [option.value for option in question.options]
    fit = len(set(values)) == len(values) and all(map(_NAME.fullmatch, values)) and set(values) != {"yes", "no"}
    return {at: option.value if fit else str(option.code) for at, option in enumerate(question.options)}


def _leaf(condition: Condition, asked: Question | None, place: str) -> Iterator[str]:
    if asked is not None and asked.options:
        yield from _chosen(condition, asked)
        return
    named = f"${{indicator:{condition.indicator}}}" if condition.indicator else f"${{{condition.question}}}"
    if condition.values:
        tests = [f"{named} = {_quoted(value, place)}" for value in condition.values]
        yield tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"
    for name, sign in _SIGNS:
        if (bound := getattr(condition, name)) is not None:
            yield f"{named} {sign} {_told(bound)}"


def _chosen(condition: Condition, asked: Question) -> Iterator[str]:
    """A test of options by their names, which need not be numbers that can be compared."""
    names = [name for at, name in names_of(asked).items() if _fits(condition, asked.options[at])]
    form = "selected(${{{}}}, '{}')" if asked.kind is Kind.MANY else "${{{}}} = '{}'"
    tests = [form.format(asked.code, name) for name in names]
    yield tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"


def _fits(condition: Condition, option: Option) -> bool:
    return (
        (not condition.values or option.code in condition.values)
        and (condition.over is None or option.code > condition.over)
        and (condition.under is None or option.code < condition.under)
        and (condition.at_least is None or option.code >= condition.at_least)
        and (condition.at_most is None or option.code <= condition.at_most)
    )


def _quoted(value: Value, place: str) -> str:
    if isinstance(value, bool):
        return f"'{_YES_NO[value]}'"
    if not isinstance(value, str):
        return _told(value)  # type: ignore[arg-type] - several codes are an answer's, and no test's
    quote = "'" if "'" not in value else '"'
    if quote in value:
        raise InvalidError(
            "The survey cannot be written as a form.",
            [Fault(place, "tests a text that holds both kinds of quotes")],
        )
    return f"{quote}{value}{quote}"


def _told(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
