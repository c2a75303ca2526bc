"""What an address says, read."""

from uuid import UUID

from app.domain.errors import NotFoundError

_LONGEST = 4


def id_of(text: str) -> UUID | None:
    """An id; None for none.

    Raises:
        NotFoundError: it is no id, so nothing has it.
    """
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFoundError("There is nothing of this id.") from None


def page_of(number: str) -> int:
    """A page of a list, from 1; the first where none is named."""
    return int(number) if number.isascii() and number.isdigit() and len(number) <= _LONGEST and int(number) else 1
