"""Brings the catalogs of the interface up to date with what the pages say: `make messages`."""

import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.web.pages.languages import CATALOGS, LANGUAGES

PAGES = CATALOGS.parent / "pages"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {"gettext": None, "ngettext": (1, 2), "marked": None, "_": None}
_HEADER = """\
# {name}: texts of Shiftline's pages.
# A draft by the authors with machine help: no native speaker has reviewed it."""


def extracted() -> Catalog:
    """Every text the pages mark, with the files it stands in."""
    catalog = Catalog()
    for name, _, message, comments, context in extract_from_dir(PAGES, _METHODS, _OPTIONS, _KEYWORDS):
        catalog.add(message, None, [(f"app/web/pages/{name}", 0)], auto_comments=comments, context=context)
    return catalog


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
    found = extracted()
    for code in LANGUAGES:
        if code != "en":
            updated = catalog_of(code)
            updated.update(found, no_fuzzy_matching=True, update_creation_date=False)
            write(code, updated)
            sys.stdout.write(f"{code}: {len(missing(updated))} of {len(found)} texts are not translated\n")
