"""A report set as a PDF, whatever the script."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from app.catalogue.reports import FONTS, TEMPLATE
from app.domain.errors import NotInstalledError, UnavailableError

_SCRIPTS = (
    "Noto Sans Arabic", "Noto Sans Bengali", "Noto Sans Ethiopic", "Noto Sans Khmer", "Noto Sans Lao",
    "Noto Sans Myanmar", "Noto Sans Sinhala", "Noto Sans Tamil", "Noto Sans Thai",
)  # fmt: skip

_AT_ONCE = BoundedSemaphore(2)
_PATIENCE_SECONDS = 10.0


def typeset(told: Mapping[str, Any], at: datetime) -> bytes:
    """The report as a PDF, the same bytes for the same report.

    Args:
        told: what the template is filled with.
        at: when the PDF says it was made.

    Raises:
        NotInstalledError: the typesetter is not there.
        UnavailableError: too many reports are being made.
    """
    try:
        import typst  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotInstalledError("This server makes no PDF: install `shiftline[exports]`.") from None
    # Setting takes a processor and up to 200 MB: whoever asks for more at once waits, and then comes again.
    if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
        raise UnavailableError("Other reports are being made; try again in a moment.")
    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"told": json.dumps({**told, "fonts": _SCRIPTS}, ensure_ascii=False)},
            timestamp=at,
        )
    finally:
        _AT_ONCE.release()


@cache
def _fonts() -> Any:
    """Those that ship come first; a script without one, such as Chinese, takes what the machine has."""
    import typst  # noqa: PLC0415 - an extra

    return typst.Fonts(include_system_fonts=True, font_paths=[str(FONTS)])
