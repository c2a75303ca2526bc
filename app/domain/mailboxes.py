"""E-mail addresses in the one form in which they are kept, and the masked form in which they may be seen."""

import re

from app.domain.errors import Fault, InvalidError

_LONGEST = 254
"""Of an address, by RFC 5321 (4.5.3.1.3) with its brackets taken off."""

# Not all that RFC 5321 allows, but what people have; nothing that could end a header or begin a second address.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}")


def mailbox(raw: str) -> str:
    """An address with its domain in lower case.

    Raises:
        InvalidError: nothing could be sent there. The message never repeats the address, for it may be logged.
    """
    given = raw.strip()
    if len(given) > _LONGEST or _MAILBOX.fullmatch(given) is None:
        wrong = Fault("email", "is no e-mail address; write it as name@example.org")
        raise InvalidError("This is not an e-mail address; write it as name@example.org.", [wrong])
    name, _, host = given.rpartition("@")
    return f"{name}@{host.lower()}"


def masked(address: str) -> str:
    """An address as it may be seen: `j…@example.org`."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"
