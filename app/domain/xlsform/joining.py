"""A rule put together from choices, for whoever would rather not type one: a test, and how it joins those before."""

from dataclasses import dataclass

from app.domain.survey import Kind

SIGNS = ("=", "!=", "<", "<=", ">=", ">")
JOINS = ("and", "or")
_NUMBERS = frozenset({Kind.NUMBER, Kind.SCALE})


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose: a question (or `indicator:code`) and its kind, a comparison, a value, and how it joins."""

    question: str
    kind: Kind
    sign: str
    value: str
    join: str = "and"


def joined(rule: str, chosen: Choices) -> str:
    """The expression with the test that was chosen behind it; as it was, where nothing whole was chosen."""
    if not chosen.question or not chosen.value or chosen.sign not in SIGNS or chosen.join not in JOINS:
        return rule
    test = _test(chosen)
    if not rule.strip():
        return test
    # "and" binds closer than "or": what stood there holds together.
    before = f"({rule})" if chosen.join == "and" and " or " in rule else rule
    return f"{before} {chosen.join} {test}"


def _test(chosen: Choices) -> str:
    named, value = f"${{{chosen.question}}}", chosen.value
    if chosen.kind not in _NUMBERS:
        value = f'"{value}"' if "'" in value else f"'{value}'"
    if chosen.kind is not Kind.MANY:
        return f"{named} {chosen.sign} {value}"
    # Of several answers one is looked for; there is no order among them.
    found = f"selected({named}, {value})"
    return f"not({found})" if chosen.sign == "!=" else found
