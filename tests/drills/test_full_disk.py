"""A full disk for the spool, and PostgreSQL that is stopped as a crash does, in short."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.drills.full_disk import FullDisk, NoFileSystemError

pytestmark = pytest.mark.drill


def test_what_cannot_be_kept_is_not_acknowledged_and_what_is_acknowledged_is_kept() -> None:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-drill-", ignore_cleanup_errors=True) as folder:
        try:
            found = FullDisk(Path(folder), replies=100, seed=1).run()
        except NoFileSystemError as problem:
            pytest.skip(f"THE FULL DISK IS NOT DRILLED: no small file system can be mounted here ({problem})")
    assert not found.faults(), found.told()
    assert set(found.statuses) == {200, 503}
    assert found.refused
    assert found.spooled > 100
