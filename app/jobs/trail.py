"""The trail is kept as long as was set, and no longer."""

from datetime import datetime, timedelta

from app.jobs.context import Context
from app.store.audit import forget_trail

_MONTH = timedelta(days=31)
"""The longest there is: what is kept for so many months is never let go too early."""


async def let_trail_go(context: Context, now: datetime) -> bool:
    """Let some of the rows go that are too old; whether there may be more."""
    async with context.database.transaction() as store:
        return bool(await forget_trail(store, now - context.audit_months * _MONTH))
