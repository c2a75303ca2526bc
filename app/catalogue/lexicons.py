"""The words of every language, read from tables: docs/lexicons.md says what each column means."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from sys import intern

from app.catalogue.languages import load_names
from app.catalogue.tabular import rows_of
from app.catalogue.templates import load_templates
from app.domain.errors import Fault, InvalidError
from app.domain.survey import Sensitivity, Urgency
from app.domain.understanding import CryPhrase, Lexicon, Lexicons, Order, Outcome, Sense, fold, one_form
from app.domain.understanding.echoes import APART
from app.domain.understanding.gist import IDLE, NUMERAL, STRANGER, Gists, Rule

ANY = "und"
"""The table of signs that belong to no language (BCP 47 "undetermined"): emoji."""

TOPICS = frozenset(
    {
        "supervisor", "manager", "personnel", "union", "committee", "coworker", "friend", "family", "neighbour",
        "nobody", "poster", "media", "organisation", "doctor", "police", "recruiter", "lawyer",
        "pay", "late", "little", "long", "worktime", "overtime", "deduction", "heat", "cold", "shouting", "violence",
        "harassment", "transport", "food", "water", "toilet", "housing", "air", "noise", "accident", "chemicals", "rest",
        "leave", "sickness", "childcare", "pressure", "debt", "documents", "contract", "medicine", "school", "rent",
        "training", "light", "dirt", "cash", "bank", "wallet",
    }
)  # fmt: skip
"""What a word of a workplace may be about, whatever it is called."""

_VALUED = frozenset(
    {
        Sense.NUMBER,
        Sense.ORDINAL,
        Sense.MULTIPLIER,
        Sense.MULTIPLIER_FIRST,
        Sense.HALF,
        Sense.PLUS,
        Sense.DEGREE,
        Sense.OFTEN,
        Sense.WHEN,
        Sense.ABOUT,
        Sense.SPAN,
    }
)
_MAY_BE_VALUED = frozenset(
    {Sense.ALL, Sense.UNIT, Sense.OF, Sense.RATE, Sense.ECHO_YES, Sense.ECHO_NO, Sense.CLOCK, Sense.STRESS, Sense.CASE}
)
_GLUED = frozenset({Sense.AND_BEFORE, Sense.AND_AFTER})
_ECHOES = frozenset({Sense.ECHO_YES, Sense.ECHO_NO})
_SENSES = {sense.value: sense for sense in Sense}
_COLUMNS = ("sense", "form", "value", "source", "reviewed_by")
_CRY_COLUMNS = ("category", "urgency", "sensitivity", "phrase", "source", "reviewed_by")
_TOPIC_COLUMNS = ("form", "topic", "source", "reviewed_by")
_GIST_COLUMNS = ("says", "words", "source", "reviewed_by")
_GISTS = frozenset(
    {
        *map(str, (Order.STOP, Order.HELP, Order.LATER, Order.WHO, Order.WRONG_PERSON)),
        *map(str, (Outcome.UNSURE, Outcome.REFUSED)),
    }
)
_SPELLING_COLUMNS = ("written", "meant", "source", "reviewed_by")
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
    lexicons: dict[str, Lexicon] = {}
    for language, path in paths.items():
        spellings = _spellings(folder / "spellings" / path.name, faults)
        lexicons[language] = Lexicon(
            language,
            _merged(_with_spellings(_words(path, faults), spellings), shared),
            _cries(folder / "cries" / path.name, faults),
            _topics(folder / "topics" / path.name, faults),
            spellings,
            _gists(folder / "gists" / path.name, faults),
            load_templates(folder / "templates" / path.name, faults),
        )
    names = load_names(folder / "languages.csv", faults)
    if faults:
        raise InvalidError("The tables of words hold rows that cannot be read.", faults)
    return Lexicons(lexicons, names)


def _words(path: Path, faults: list[Fault]) -> dict[Sense, dict[str, float]]:
    words: dict[Sense, dict[str, float]] = {}
    for line, row in rows_of(path, _COLUMNS, faults):
        form = _form(row) if len(row) == len(_COLUMNS) else ""
        problem = _problem(row, form)
        if problem:
            faults.append(Fault(f"{path.name} line {line}", problem))
            continue
        forms, value = words.setdefault(_SENSES[row[0]], {}), _shared(float(row[2] or 0))
        known = forms.setdefault(intern(form), value)
        if known and value and known != value and row[0] in _ECHOES:
            forms[form] = _shared(known * APART + value)  # "afraid" answers about safety and about speaking up
    return words


@cache
def _shared(number: float) -> float:
    """One number for all the rows that say it: they are many."""
    return number


def _with_spellings(
    words: dict[Sense, dict[str, float]], spellings: Mapping[str, str]
) -> dict[Sense, dict[str, float]]:
    """The words, and every phrase as it reads once its words are written out, which is how it is looked for then."""
    for forms in words.values() if spellings else ():
        for form, value in list(forms.items()):
            if " " in form:
                forms.setdefault(intern(" ".join([spellings.get(word, word) for word in form.split(" ")])), value)
    return words


def _form(row: list[str]) -> str:
    """The form of a row; what is glued to a word keeps its signs: "n'"; one that is told by its marks keeps those."""
    if row[0] == Sense.STOP_WRITTEN:
        return unicodedata.normalize("NFC", row[1]).casefold()
    return fold(row[1]).replace(" ", "") if _SENSES.get(row[0]) in _GLUED else one_form(row[1])


def _problem(row: list[str], form: str) -> str:
    if len(row) != len(_COLUMNS):
        return "a row has five columns; a comma inside a form needs quotes"
    sense, raw, value, source, _ = row
    if sense not in _SENSES:
        return f"unknown sense {sense!r}"
    if not form:
        return f"nothing is left of {raw!r} once folded"
    if source not in _SOURCES:
        return f"unknown source {source!r}"
    return _value_problem(sense, value)


def _value_problem(sense: str, value: str) -> str:
    if sense not in _MAY_BE_VALUED and (sense in _VALUED) is not bool(value):
        return f"a row of sense {sense!r} {'needs a' if sense in _VALUED else 'has no'} value"
    try:
        float(value or 0)
    except ValueError:
        return f"{value!r} is no number"
    return ""


def _merged(
    own: Mapping[Sense, dict[str, float]], shared: Mapping[Sense, dict[str, float]]
) -> dict[Sense, dict[str, float]]:
    return {sense: {**shared.get(sense, {}), **own.get(sense, {})} for sense in {*own, *shared}}


def _cries(path: Path, faults: list[Fault]) -> tuple[CryPhrase, ...]:
    if not path.exists():
        return ()
    found: list[CryPhrase] = []
    for line, row in rows_of(path, _CRY_COLUMNS, faults):
        place = f"cries/{path.name} line {line}"
        if len(row) != len(_CRY_COLUMNS):
            faults.append(Fault(place, "a row has six columns; a comma inside a phrase needs quotes"))
            continue
        category, urgency, sensitivity, phrase, _, _ = row
        words = tuple(map(intern, one_form(phrase).split()))
        try:
            found.append(CryPhrase(words, intern(category), Urgency(urgency), Sensitivity(sensitivity)))
        except ValueError as problem:
            faults.append(Fault(place, str(problem)))
        if not words:
            faults.append(Fault(place, "a phrase holds at least one word"))
    # The gravest of a category counts first, whatever the order of the table.
    return tuple(sorted(found, key=lambda cry: (_GRAVEST.index(cry.urgency), cry.sensitivity is not Sensitivity.HIGH)))


def _topics(path: Path, faults: list[Fault]) -> dict[str, str]:
    """Form → topic; what two topics are called names neither."""
    if not path.exists():
        return {}
    named: dict[str, set[str]] = {}
    for line, row in rows_of(path, _TOPIC_COLUMNS, faults):
        form = one_form(row[0]) if len(row) == len(_TOPIC_COLUMNS) else ""
        if not form or row[1] not in TOPICS or row[2] not in _SOURCES:
            place = f"topics/{path.name} line {line}"
            faults.append(
                Fault(place, "a row has four columns: a form, a topic that docs/lexicons.md lists, a source, a name")
            )
            continue
        named.setdefault(intern(form), set()).add(intern(row[1]))
    return {form: topics.pop() for form, topics in named.items() if len(topics) == 1}


def _spellings(path: Path, faults: list[Fault]) -> dict[str, str]:
    """Word as phones write it → the words it stands for."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for line, row in rows_of(path, _SPELLING_COLUMNS, faults):
        written, meant = (one_form(row[0]), one_form(row[1])) if len(row) == len(_SPELLING_COLUMNS) else ("", "")
        if not meant or not written or row[2] not in _SOURCES:
            place = f"spellings/{path.name} line {line}"
            faults.append(Fault(place, "a row has four columns: words, what they are written for, a source, a name"))
            continue
        found[intern(written)] = meant
    return found


def _gists(path: Path, faults: list[Fault]) -> Gists | None:
    """The kinds of words, and the rows that say by what kinds of words a thing is said: "?" marks those that may stand by."""
    if not path.exists():
        return None
    kinds: dict[str, frozenset[str]] = {}
    rules: list[Rule] = []
    for line, row in rows_of(path, _GIST_COLUMNS, faults):
        if len(row) != len(_GIST_COLUMNS) or not row[0] or not one_form(row[1]) or row[2] not in _SOURCES:
            place = f"gists/{path.name} line {line}"
            faults.append(Fault(place, "a row has four columns: what is said or a kind, words, a source, a name"))
        elif row[0] in _GISTS:
            allowed = row[1].split()
            needed = frozenset(kind for kind in allowed if not kind.endswith("?"))
            rules.append(Rule(row[0], needed, frozenset(kind.rstrip("?") for kind in allowed) | {IDLE}))
        else:
            form = intern(one_form(row[1]))
            kinds[form] = kinds.get(form, frozenset()) | {intern(row[0])}
    unknown = sorted(
        {kind for rule in rules for kind in rule.allowed} - {IDLE, NUMERAL, STRANGER}.union(*kinds.values())
    )
    faults.extend(Fault(f"gists/{path.name}", f"no word is of the kind {kind!r}") for kind in unknown)
    return Gists(kinds, rules)


def clashes(lexicon: Lexicon) -> Iterable[str]:
    """Forms that say two things which exclude each other: "yes" and "no", a command and an answer."""
    answers = (Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ACKNOWLEDGE, Sense.NUMBER)
    commands = (Sense.STOP, Sense.START, Sense.HELP, Sense.LATER, Sense.WHO, Sense.WRONG_PERSON, Sense.AUTO)
    for form, senses in lexicon.senses.items():
        said = senses & {*answers, *commands, Sense.POLITE, Sense.NONE, Sense.ALL}
        excluded = said - {Sense.NONE} if Sense.NO in said else said - {Sense.POLITE}
        if len(excluded) > 1:
            yield f"{form}: {', '.join(sorted(excluded))}"
