"""What the columns of a roster are often called."""

from collections.abc import Mapping
from functools import cache

from app.catalogue.documents import read_table
from app.catalogue.places import DATA


@cache
def load_roster_columns() -> Mapping[str, str]:
    """Header → the column of a roster it stands for; read once."""
    return {row["header"]: row["meaning"] for row in read_table(DATA / "roster_columns.csv")}
