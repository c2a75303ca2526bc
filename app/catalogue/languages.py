"""What languages are called, read from a table: docs/lexicons.md says what each column means."""

from pathlib import Path
from sys import intern

from app.catalogue.tabular import rows_of
from app.domain.errors import Fault
from app.domain.understanding import Name, Names, one_form

_COLUMNS = ("language", "name", "use", "not_in", "source", "reviewed_by")
_USES = frozenset({"alone", "lang"})
_SOURCES = frozenset({"cldr", "authors"})


def load_names(path: Path, faults: list[Fault]) -> Names:
    """The names; what is wrong with a row is added to `faults`. A language's first row is what it calls itself."""
    if not path.exists():
        return Names({}, {})
    names: dict[str, Name] = {}
    shared: dict[Name, Name] = {}  # most rows say the same of the same language
    called: dict[str, str] = {}
    for line, row in rows_of(path, _COLUMNS, faults):
        form = one_form(row[1]) if len(row) == len(_COLUMNS) else ""
        problem = _problem(row, form, names)
        if problem:
            faults.append(Fault(f"{path.name} line {line}", problem))
            continue
        language, name, use, not_in = row[:4]
        called.setdefault(intern(language), name)
        said = Name(intern(language), use == "alone", frozenset(not_in.split()))
        names[intern(form)] = shared.setdefault(said, said)
    return Names(names, called)


def _problem(row: list[str], form: str, names: dict[str, Name]) -> str:
    if not form:
        return "a row has six columns: a language, a name, its use, where it is no name, a source, a name"
    if row[2] not in _USES or row[4] not in _SOURCES:
        return "the use is alone or lang, the source cldr or authors"
    if form in names:
        return f"{row[1]!r} is another row's name as well"
    return ""
