"""What was written before what: by the turns of one database, and by the clocks of hosts for what waited in a spool."""

from datetime import datetime, timedelta

from app.store.conversations import Talk
from app.store.inbox import Waiting

_CLOCKS_DIFFER = timedelta(minutes=3)
"""By how much the clocks of two hosts may differ; what is nearer is told by its turn, unless it waited."""


def may_have_read(talk: Talk, reply: Waiting) -> bool:
    """Whether the talk's first text may have been on the phone when this was written.

    Fast people answer before we have written down that it left; and where its sender died over that, nobody ever does.
    """
    if not talk.state.question and _was_written_before(reply, talk.left_at):
        return False  # the first text is the open one
    return talk.asked or (talk.left_no is not None and talk.left_no < reply.arrived_no)


def is_early(talk: Talk, reply: Waiting) -> bool:
    """Whether this was written before the open question left."""
    if talk.left_no is None or reply.arrived_no < talk.left_no:
        return True
    return _was_written_before(reply, talk.left_at)


def was_overtaken(reply: Waiting, withdrawn: datetime | None) -> bool:
    """Whether a STOP came after this, which is read only now: no such START undoes it."""
    return _was_written_before(reply, withdrawn)


def _was_written_before(reply: Waiting, moment: datetime | None) -> bool:
    """What waited has a turn behind all that was written meanwhile, so the clock alone tells, however near the two are."""
    return moment is not None and reply.received_at < moment - (timedelta() if reply.waited else _CLOCKS_DIFFER)
