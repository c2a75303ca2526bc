"""What lies in a spool's folder, whoever it belongs to."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.store.spool import DAMAGED, REFUSED, WAITING


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes and files that wait to be replayed; and files that nobody replays."""

    bytes: int = 0
    files: int = 0
    set_aside: int = 0


def look_into(folder: Path) -> Spooled:
    """What a folder holds; blocks. Nothing where there is none yet."""
    try:
        with os.scandir(folder) as entries:
            sizes = {entry.name: entry.stat().st_size for entry in entries}
    except FileNotFoundError:
        return Spooled()  # also where a file was gone between the look and the stat: there is another look soon
    waiting = [size for name, size in sizes.items() if name.endswith(WAITING) and size]
    return Spooled(
        sum(waiting), len(waiting), sum(name.endswith((REFUSED, DAMAGED)) for name, size in sizes.items() if size)
    )
