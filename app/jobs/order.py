"""What was written before what: by the turns of one database, and by the clocks of hosts for what waited in a spool."""

from datetime import datetime, timedelta

from app.store.conversations import Talk
from app.store.inbox import Waiting

_CLOCKS_DIFFER = timedelta(minutes=3)
"""By how much the clocks of two hosts may differ; what is nearer is told by its turn alone."""


def may_have_read(talk: Talk, reply: Waiting) -> bool:
    """Whether the talk's first text may have been on the phone when this was written.

    Fast people answer before we have written down that it left; and where its sender died over that, nobody ever does.
    """
    return talk.asked or (talk.left_no is not None and talk.left_no < reply.arrived_no)


def is_early(talk: Talk, reply: Waiting) -> bool:
    """Whether this was written before the open question left; one that waited in a spool is told by the time it came."""
    if talk.left_no is None or reply.arrived_no < talk.left_no:
        return True
    return talk.left_at is not None and reply.received_at < talk.left_at - _CLOCKS_DIFFER


def was_overtaken(reply: Waiting, withdrawn: datetime | None) -> bool:
    """Whether a STOP was read after this was written, out of whose spool it comes only now: no such START undoes it."""
    return withdrawn is not None and reply.received_at < withdrawn - _CLOCKS_DIFFER
