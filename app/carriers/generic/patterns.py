"""Patterns an operator writes: refused where they could run away, cut off where they do."""

import regex

Pattern = regex.Pattern[str]

_LONGEST = 200
_WINDOW = 4_000
_SECONDS = 0.1
_MOST_REPEATS = 200
_TOKEN = regex.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(|\)|\{[^}]*\}|[*+?]|.", regex.DOTALL)
_COUNT = regex.compile(r"\{([0-9]{1,3})(?:,([0-9]{1,3})?)?\}")
_REPEATS = frozenset("*+?")


class PatternError(ValueError):
    """The pattern is malformed, or could take for ever."""


def read_pattern(written: str) -> Pattern:
    """A pattern of literals, classes, alternatives and groups; what repeats is one character or class, never a group.

    So no pattern backtracks exponentially, and none unfolds to gigabytes; what is left is bounded by `find`.

    Raises:
        PatternError: with what to do about it.
    """
    if not 0 < len(written) <= _LONGEST:
        raise PatternError(f"a pattern has 1 to {_LONGEST} characters")
    before = ""
    for token in _TOKEN.findall(written):
        _refuse(token, before)
        before = token
    try:
        return regex.compile(written)
    except regex.error as problem:
        raise PatternError(f"is no pattern: {problem}") from None


def _refuse(token: str, before: str) -> None:
    repeats = token in _REPEATS or token.startswith("{")
    if repeats and before == ")":
        raise PatternError("a group may not repeat; repeat a character or a class")
    if repeats and before == "(":
        raise PatternError("only (…) and (?:…) are groups here")
    if token.startswith("{"):
        count = _COUNT.fullmatch(token)
        if count is None or int(count[2] or count[1]) > _MOST_REPEATS:
            raise PatternError(
                f"repeat by {{n}}, {{n,}} or {{n,m}}, at most {_MOST_REPEATS} times; write \\{{ for a brace"
            )
    if len(token) > 1 and token[0] == "\\" and token[1] in "123456789gGXLKRmM":
        raise PatternError(f"{token} is not known here")


def find(pattern: Pattern, text: str) -> str | None:
    """The first group of the first match, or the match where there is no group; None where there is none.

    The first 4,000 characters are searched, for at most a tenth of a second of the processor's time.
    """
    try:
        match = pattern.search(text[:_WINDOW], timeout=_SECONDS)
    except TimeoutError:
        return None
    if match is None:
        return None
    return match[1] if pattern.groups else match[0]
