"""The page on access says what the table in the code says."""

import re
from pathlib import Path

from app.domain.roles import POSITIONS


def test_the_table_of_roles_is_the_codes_own(root: Path) -> None:
    page = (root / "docs" / "accounts.md").read_text(encoding="utf-8")
    table = page.partition("| position | may |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| (.+) \| (.+) \|$", table, re.MULTILINE)
    assert told == [(position.name, position.may) for position in POSITIONS]
