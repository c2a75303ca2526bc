"""What the pages say exists, exists: files that are linked, settings that are listed, commands that are shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            yield target


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_every_setting_is_listed_with_its_default(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"SHIFTLINE_{name.upper()}")
        assert f"`{variable}`" in page, variable
        if isinstance(field.default, bool):
            assert f"`{str(field.default).lower()}`" in page, variable
        elif isinstance(field.default, int | float):
            assert f"`{field.default:g}`" in page or f"`{field.default}`" in page, variable


def test_every_file_the_pages_name_exists(root: Path) -> None:
    for page in PAGES:
        for named in re.findall(
            r"`((?:app|surveys|tests|migrations|docs)/[\w./-]+)`", page.read_text(encoding="utf-8")
        ):
            assert (root / named).exists(), f"{page.name} names {named}"


def test_decisions_are_numbered_without_a_gap_and_short(root: Path) -> None:
    records = sorted((root / "docs" / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record.read_text(encoding="utf-8").count("\n") <= 25, record.name
