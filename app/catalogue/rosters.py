"""What the columns of a roster are often called."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.catalogue.documents import read_table
from app.catalogue.places import DATA


@cache
def load_roster_columns(folder: Path = DATA) -> Mapping[str, str]:
    """Header → the column of a roster it stands for; read once."""
    return {row["header"]: row["meaning"] for row in read_table(folder / "roster_columns.csv")}
