"""Tables of words as files: CSV with a header that must be right."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.domain.errors import Fault


def rows_of(
    path: Path, columns: Sequence[str], faults: list[Fault], place: str = ""
) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with its line; none, and a fault at `place` or the file, where that is another."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        if next(reader, None) != list(columns):
            faults.append(Fault(f"{place or path.name} line 1", f"the header must read {','.join(columns)}"))
            return
        yield from enumerate(reader, 2)
