"""Where the files that ship with the program lie: in a checkout, or inside an installed package."""

from pathlib import Path

import app

_PACKAGE = Path(app.__file__).parent
DATA = _PACKAGE / "catalogue" / "data"


def shipped(name: str) -> Path:
    """The path of `surveys`, `migrations` or `alembic.ini`."""
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.exists() else _PACKAGE.parent / name
