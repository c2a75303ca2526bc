"""Brings the catalogs of the interface up to date with what the pages say: `make messages`."""

import ast
import builtins
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.catalogue.alerts import shipped_rules
from app.web.pages.languages import CATALOGS, LANGUAGES

APP = CATALOGS.parents[1]
PAGES = CATALOGS.parent / "pages"
ROOMS = ("domain", "jobs", "store", "web")
# Of the carriers, whose errors nobody reads on a page, the one that signs people in.
_SIGNS_IN = APP / "carriers" / "openid.py"
# What programs, operators and the command line are told, and no page of an NGO, a brand or a service.
UNSEEN = (
    "domain/alerts", "domain/disclosure", "domain/hours", "domain/identifiers", "domain/instruments", "domain/raking",
    "domain/statistics", "jobs/changes", "jobs/dashboards", "jobs/keeper", "jobs/registry/fetching", "jobs/resolving",
    "jobs/watching", "store/alerts", "store/database", "store/embedded", "store/fates", "store/focal_points", "store/hooks",
    "store/idempotency", "store/letters", "store/spool", "store/tables", "store/vault", "web/problems", "web/rest",
)  # fmt: skip
# By these a reader of a document collects its faults: what is wrong comes last.
_COLLECT = frozenset({"fault", "_fault", "_warn", "_once"})
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {"gettext": None, "ngettext": (1, 2), "marked": None, "_": None}
_HEADER = """\
# {name}: texts of Shiftline's pages.
# A draft by the authors with machine help: no native speaker has reviewed it."""


def extracted() -> Catalog:
    """Every text the pages mark, with the files it stands in."""
    catalog = Catalog()
    for name, message in (*refusals(), *alerts()):
        catalog.add(message, None, [(name, 0)])
    for name, _, message, comments, context in extract_from_dir(PAGES, _METHODS, _OPTIONS, _KEYWORDS):
        catalog.add(message, None, [(f"app/web/pages/{name}", 0)], auto_comments=comments, context=context)
    return catalog


def refusals() -> Iterator[tuple[str, str]]:
    """What a page tells of what went wrong: the titles of errors, and what is said where one is raised; with its file."""
    for path in sorted([_SIGNS_IN, *(path for room in ROOMS for path in (APP / room).rglob("*.py"))]):
        name = str(path.relative_to(APP.parent))
        if not any(name.startswith(f"app/{unseen}") for unseen in UNSEEN):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from ((name, text) for text in _texts(_said(node)))


def alerts() -> Iterator[tuple[str, str]]:
    """What an operator is told of, which stands in a table; with its file."""
    yield from (("app/catalogue/data/alerts.csv", rule.title) for rule in shipped_rules().values())


def _said(node: ast.AST) -> ast.expr | None:
    """The title of a class of errors; what an error, a fault or a phrase is made of."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return node.value if isinstance(target, ast.Name) and target.id == "title" else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _COLLECT:
        return node.args[-1] if node.args else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    name = node.func.id
    # Python's own errors are of its programmers alone.
    ours = name == "phrase" or (name.endswith("Error") and not hasattr(builtins, name))
    at = 1 if name == "Fault" else 0 if ours else None
    return node.args[at] if at is not None and len(node.args) > at else None


def _texts(given: ast.expr | None) -> Iterator[str]:
    if isinstance(given, ast.IfExp):
        yield from (*_texts(given.body), *_texts(given.orelse))
    elif isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value:
        yield given.value


def path_of(language: str) -> Path:
    """Where a language's catalog lies."""
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def catalog_of(language: str) -> Catalog:
    """A language's catalog as it is; an empty one where there is none."""
    if not path_of(language).exists():
        return Catalog(locale=language, project="Shiftline", fuzzy=False)
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalog: Catalog) -> None:
    """Write a catalog so that the same texts make the same file."""
    catalog.header_comment = _HEADER.format(name=LANGUAGES[language])
    catalog.project, catalog.version, catalog.msgid_bugs_address = "Shiftline", "", ""
    catalog.last_translator, catalog.language_team = "the authors", LANGUAGES[language]
    # What is not said any more goes: the history has it.
    catalog.obsolete.clear()
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)


def missing(catalog: Catalog) -> list[str]:
    """The texts a catalog does not translate."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not _told(message.string))]


def _told(string: str | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    for code in LANGUAGES:
        if code != "en":
            # Anew for each: a catalog takes the messages themselves, and with them what another language said.
            found = extracted()
            updated = catalog_of(code)
            updated.update(found, no_fuzzy_matching=True, update_creation_date=False)
            write(code, updated)
            sys.stdout.write(f"{code}: {len(missing(updated))} of {len(found)} texts are not translated\n")
