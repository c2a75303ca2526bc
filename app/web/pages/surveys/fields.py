"""A survey as the editor's fields, and back: texts alone, whatever somebody is still typing."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from app.domain.errors import DomainError, Fault
from app.domain.survey import Condition, Question, Review, Status, Survey
from app.domain.survey.parse import read_survey
from app.domain.xlsform import ExpressionError, read_rule, write_rule

Tree = Mapping[str, Any]
"""The fields in each other: `questions.0.text.en` is a text in a mapping in a mapping in a list."""

_OWN = frozenset(
    {"title", "source", "partial_after", "purpose", "languages", "reviews", "questions", "indicators", "needs"}
)
_DEEPEST = 8
_MOST = 200


def tree_of(document: Tree) -> Tree:
    """The fields of a document."""
    survey = read_survey(document)[0]
    asked = {question.code: question for question in survey.questions}
    return {
        "title": survey.title, "source": survey.source, "partial_after": survey.partial_after,
        "languages": list(survey.languages), "purpose": dict(survey.purpose),
        "reviews": {language: _review(survey, language) for language in survey.languages},
        "questions": [_question(question, asked) for question in survey.questions],
        "indicators": [
            {"code": one.code, "domain": one.domain, "of": " ".join(one.of), "scoring": one.scoring}
            for one in survey.indicators
        ],
        "needs": [
            {
                "category": rule.category, "urgency": rule.urgency, "sensitivity": rule.sensitivity,
                "when": _rule(rule.when, asked),
            }
            # What the signs lead to comes last; it is no rule of the authors, and is not written as one.
            for rule in survey.needs[: len(survey.needs) - len(survey.signs)]
        ],
    }  # fmt: skip


def told(document: Tree) -> Tree:
    """A document as people compare it: its rules as they type them, and whatever no field shows."""
    tree = tree_of(document)
    return {**tree, **{name: item for name, item in document.items() if name not in tree and name != "survey"}}


def _review(survey: Survey, language: str) -> dict[str, str]:
    review = survey.reviews.get(language, Review())
    return {"status": review.status, "by": review.by, "on": review.on}


def _question(question: Question, asked: Mapping[str, Question]) -> dict[str, Any]:
    return {
        "code": question.code, "kind": question.kind, "text": dict(question.text), "reask": dict(question.reask),
        "min": _told(question.minimum), "max": _told(question.maximum), "yes": _told(question.scores.get(True)),
        "no": _told(question.scores.get(False)), "ask_if": _rule(question.ask_if, asked) if question.ask_if else "",
        "options": [
            {"code": str(option.code), "value": option.value, "score": _told(option.score), "text": dict(option.text)}
            for option in question.options
        ],
    }  # fmt: skip


def _rule(condition: Condition, asked: Mapping[str, Question]) -> str:
    try:
        return write_rule(condition, asked, "")
    except DomainError:
        return "?"  # which cannot be read either, and is told: better than a rule that is lost unseen


def _told(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"


# -- fields ---------------------------------------------------------------------------------------


def flat(tree: Any, place: str = "") -> dict[str, str]:
    """The fields by their names."""
    if isinstance(tree, Mapping):
        items = [(str(name), item) for name, item in cast("Mapping[str, Any]", tree).items()]
    elif isinstance(tree, list):
        items = [(str(at), item) for at, item in enumerate(cast("list[Any]", tree))]
    else:
        return {place: str(tree)}
    return {name: text for at, item in items for name, text in flat(item, f"{place}.{at}".lstrip(".")).items()}


def gathered(form: Mapping[str, str]) -> Tree:
    """The fields of a form in each other; any other is left alone."""
    root: dict[str, Any] = {}
    for name, text in form.items():
        parts = name.split(".")
        if parts[0] not in _OWN or len(parts) > _DEEPEST:
            continue
        within = root
        for part in parts[:-1]:
            inner = within.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            within = cast("dict[str, Any]", inner)
        else:
            within[parts[-1]] = text.replace("\r\n", "\n").strip()
    return whole({name: _listed(item) for name, item in root.items()})


def whole(tree: Tree) -> Tree:
    """The fields with every name that there is, each a text, a mapping of texts or a list as it must be."""
    languages = [text for text in rows(tree, "languages") if isinstance(text, str) and text]
    return {
        **_texts(tree, "title source partial_after"),
        "languages": languages,
        "purpose": _words(tree.get("purpose")),
        "reviews": {language: _texts(_mapping(tree.get("reviews")).get(language), "status by on") for language in languages},
        "questions": [
            {
                **_texts(row, "code kind min max yes no ask_if"), "text": _words(_mapping(row).get("text")),
                "reask": _words(_mapping(row).get("reask")),
                "options": [
                    {**_texts(option, "code value score"), "text": _words(_mapping(option).get("text"))}
                    for option in rows(_mapping(row), "options")
                ],
            }
            for row in rows(tree, "questions")
        ],
        "indicators": [_texts(row, "code domain of scoring") for row in rows(tree, "indicators")],
        "needs": [_texts(row, "category urgency sensitivity when") for row in rows(tree, "needs")],
    }  # fmt: skip


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _texts(row: Any, names: str) -> dict[str, str]:
    found = _mapping(row)
    return {name: found[name] if isinstance(found.get(name), str) else "" for name in names.split()}


def _words(texts: Any) -> dict[str, str]:
    return {language: text for language, text in _mapping(texts).items() if isinstance(text, str)}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = cast("dict[str, Any]", value)
    if items and all(name.isascii() and name.isdigit() for name in items):
        return [_listed(items[name]) for name in sorted(items, key=int)[:_MOST]]
    return {name: _listed(item) for name, item in items.items()}


# -- documents ------------------------------------------------------------------------------------


def document_of(tree: Tree, base: Tree) -> tuple[dict[str, Any], list[Fault]]:
    """The document of the fields, and a fault for each rule that cannot be read.

    Args:
        tree: the fields.
        base: the document they began from; what no field shows is kept from there.
    """
    languages = rows(tree, "languages")
    document: dict[str, Any] = {
        **base, "title": tree.get("title", ""), "source": tree.get("source", ""),
        "partial_after": tree.get("partial_after", ""), "languages": languages,
        "purpose": _spoken(tree.get("purpose"), languages),
        "questions": [_asked(row, languages) for row in rows(tree, "questions")],
        "indicators": [_indicator(row, base) for row in rows(tree, "indicators")],
        "needs": [],
    }  # fmt: skip
    faults: list[Fault] = []
    survey = read_survey(document)[0]
    indicators = [indicator.code for indicator in survey.indicators]
    for at, row in enumerate(rows(tree, "questions")):
        earlier = survey.questions[:at]
        _with_rule(document["questions"][at], "ask_if", row.get("ask_if", ""), faults, f"questions.{row.get('code')}.ask_if",
                   lambda text, earlier=earlier: read_rule(text, earlier))  # fmt: skip
    for at, row in enumerate(rows(tree, "needs"), 1):
        need = {name: row[name] for name in ("category", "urgency", "sensitivity") if row.get(name)}
        document["needs"].append(need)
        _with_rule(need, "when", row.get("when", "") or " ", faults, f"needs[{at}].when",
                   lambda text: read_rule(text, survey.questions, indicators))  # fmt: skip
    return {**document, "reviews": _reviews(tree, document, base)}, faults


def rows(tree: Tree, name: str) -> list[Any]:
    """A list among the fields, empty where it is none."""
    found = tree.get(name)
    return cast("list[Any]", found) if isinstance(found, list) else []


def _with_rule(
    row: dict[str, Any], name: str, text: str, faults: list[Fault], place: str, read: Callable[[str], Tree]
) -> None:
    if not text:
        return
    try:
        row[name] = read(text)
    except ExpressionError as refused:
        faults.append(Fault(place, refused.args[0]))


def _asked(row: Tree, languages: list[str]) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "code": row.get("code", ""), "kind": row.get("kind", ""), "text": _spoken(row.get("text"), languages)
    }  # fmt: skip
    if reask := _spoken(row.get("reask"), languages):
        asked["reask"] = reask
    for name in ("min", "max"):
        if row.get(name):
            asked[name] = _number(row[name])
    scores = {name: _number(row[name]) for name in ("yes", "no") if row.get(name)}
    if scores:
        asked["score"] = scores
    if options := rows(row, "options"):
        asked["options"] = [_option(option, languages) for option in options]
    return asked


def _option(row: Tree, languages: list[str]) -> dict[str, Any]:
    option = {"code": _number(row.get("code", "")), "text": _spoken(row.get("text"), languages)}
    option |= {"value": row["value"]} if row.get("value") else {}
    return option | ({"score": _number(row["score"])} if row.get("score") else {})


def _indicator(row: Tree, base: Tree) -> dict[str, Any]:
    """An indicator, with what no field shows: weights, what is reversed, an instrument's measure."""
    before = next((kept for kept in rows(base, "indicators") if kept.get("code") == row.get("code")), {})
    same = before if before.get("scoring", "mean") == row.get("scoring") else {}
    return {
        **same, "code": row.get("code", ""), "domain": row.get("domain", ""), "scoring": row.get("scoring", ""),
        "of": row.get("of", "").replace(",", " ").split(),
    }  # fmt: skip


def _spoken(texts: Any, languages: list[str]) -> dict[str, str]:
    found = _words(texts)
    return {language: found[language] for language in languages if found.get(language)}


def _number(text: str) -> int | float | str:
    """The number a text is; the text itself where it is none, which the survey's check tells of."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _reviews(tree: Tree, document: Tree, base: Tree) -> dict[str, Any]:
    """Who stands for which wordings; nobody for words that changed since, until somebody says so anew."""
    given = cast("dict[str, Tree]", tree.get("reviews") or {})
    found: dict[str, Any] = {}
    for language in document["languages"]:
        review = {name: text for name, text in given.get(language, {}).items() if text} or {"status": Status.DRAFT}
        before = cast("dict[str, Tree]", base.get("reviews") or {}).get(language, {})
        same = all(str(before.get(name, "")) == review.get(name, "") for name in ("status", "by", "on"))
        if same and review.get("status") != Status.DRAFT and wordings(document, language) != wordings(base, language):
            review = {"status": Status.DRAFT}
        note = before.get("note")
        found[language] = {**review, "note": note} if note and same else review
    return found


def wordings(document: Tree, language: str) -> list[str]:
    """Every text that workers read of a survey in one language."""
    texts = [document.get("purpose")]
    for question in rows(document, "questions"):
        texts += [
            question.get("text"),
            question.get("reask"),
            *(option.get("text") for option in rows(question, "options")),
        ]
    return [cast("dict[str, str]", text or {}).get(language, "") for text in texts]
