"""The words of every language, read from tables: docs/lexicons.md says what each column means."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.catalogue.documents import read_table
from app.domain.errors import Fault, InvalidError
from app.domain.survey import Sensitivity, Urgency
from app.domain.understanding import CryPhrase, Lexicon, Lexicons, Sense, fold, tokens

ANY = "und"
"""The table of signs that belong to no language (BCP 47 "undetermined"): emoji."""

_VALUED = frozenset(
    {Sense.NUMBER, Sense.MULTIPLIER, Sense.MULTIPLIER_FIRST, Sense.HALF, Sense.PLUS, Sense.DEGREE, Sense.WHEN}
)
_GRAVEST = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.NORMAL)
_SOURCES = frozenset({"cldr", "cldr-rbnf", "carriers", "authors"})


def load_lexicons(folder: Path) -> Lexicons:
    """Language → its lexicon, with the signs of no language in each.

    Raises:
        InvalidError: with every row that is malformed, at once.
    """
    faults: list[Fault] = []
    paths = {path.stem: path for path in sorted((folder / "lexicons").glob("*.csv"))}
    shared = _words(paths.pop(ANY), faults) if ANY in paths else {}
    lexicons = {
        language: Lexicon(language, _merged(_words(path, faults), shared), _cries(folder / "cries" / path.name, faults))
        for language, path in paths.items()
    }
    if faults:
        raise InvalidError("The tables of words hold rows that cannot be read.", faults)
    return Lexicons(lexicons)


def one_form(text: str) -> str:
    """A text as the reader meets it: folded, and with the signs between its words gone."""
    return " ".join(tokens(fold(text)))


def _words(path: Path, faults: list[Fault]) -> dict[Sense, dict[str, float]]:
    words: dict[Sense, dict[str, float]] = {}
    for line, row in enumerate(read_table(path), 2):
        problem = _problem(row)
        if problem:
            faults.append(Fault(f"{path.name} line {line}", problem))
            continue
        forms = words.setdefault(Sense(row["sense"]), {})
        forms.setdefault(one_form(row["form"]), float(row["value"] or 0))
    return words


def _problem(row: Mapping[str, str]) -> str:
    if None in row or None in row.values():
        return "a row has five columns; a comma inside a form needs quotes"
    if row["sense"] not in set(Sense):
        return f"unknown sense {row['sense']!r}"
    if not one_form(row["form"]):
        return f"nothing is left of {row['form']!r} once folded"
    if row["source"] not in _SOURCES:
        return f"unknown source {row['source']!r}"
    return _value_problem(row)


def _value_problem(row: Mapping[str, str]) -> str:
    if (row["sense"] in _VALUED) is not bool(row["value"]):
        return f"a row of sense {row['sense']!r} {'needs a' if row['sense'] in _VALUED else 'has no'} value"
    try:
        float(row["value"] or 0)
    except ValueError:
        return f"{row['value']!r} is no number"
    return ""


def _merged(
    own: Mapping[Sense, dict[str, float]], shared: Mapping[Sense, dict[str, float]]
) -> dict[Sense, dict[str, float]]:
    return {sense: {**shared.get(sense, {}), **own.get(sense, {})} for sense in {*own, *shared}}


def _cries(path: Path, faults: list[Fault]) -> tuple[CryPhrase, ...]:
    if not path.exists():
        return ()
    found: list[CryPhrase] = []
    for line, row in enumerate(read_table(path), 2):
        words = tokens(fold(row["phrase"] or ""))
        try:
            found.append(CryPhrase(words, row["category"], Urgency(row["urgency"]), Sensitivity(row["sensitivity"])))
        except ValueError as problem:
            faults.append(Fault(f"cries/{path.name} line {line}", str(problem)))
        if not words:
            faults.append(Fault(f"cries/{path.name} line {line}", "a phrase holds at least one word"))
    # The gravest of a category counts first, whatever the order of the table.
    return tuple(sorted(found, key=lambda cry: (_GRAVEST.index(cry.urgency), cry.sensitivity is not Sensitivity.HIGH)))


def clashes(lexicon: Lexicon) -> Iterable[str]:
    """Forms that say two things which exclude each other: "yes" and "no", a command and an answer."""
    answers = (Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ACKNOWLEDGE, Sense.NUMBER)
    commands = (Sense.STOP, Sense.START, Sense.HELP, Sense.LATER, Sense.WHO, Sense.WRONG_PERSON, Sense.AUTO)
    for form, senses in lexicon.senses.items():
        said = senses & {*answers, *commands, Sense.POLITE, Sense.NONE, Sense.ALL}
        excluded = said - {Sense.NONE} if Sense.NO in said else said - {Sense.POLITE}
        if len(excluded) > 1:
            yield f"{form}: {', '.join(sorted(excluded))}"
