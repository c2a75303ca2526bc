"""Services are asked, before a year is over, whether what is said of them is still true."""

from datetime import datetime, timedelta

from app.domain.matching import FRESH_FOR
from app.jobs.context import Context
from app.store.contacts import contacts_of
from app.store.letters import Letter, enqueue_letter
from app.store.registry import organizations_to_remind

_BEFORE = timedelta(days=30)
_AT_ONCE = 50


async def remind_to_verify(context: Context, now: datetime) -> int:
    """Write to organizations with a service that nobody verified for eleven months, once a month; how many.

    The letter names no service: it says where to look. Who has no address by mail sees it on the desk.
    """
    month, link = f"{now:%Y-%m}", context.address("/desk")
    async with context.database.transaction() as store:
        due = await organizations_to_remind(store, (now - (FRESH_FOR - _BEFORE)).date(), month, _AT_ONCE)
        for programme, organization in due:
            for place, contact in enumerate(await contacts_of(store, context.vault, programme, organization)):
                if not contact.email:
                    continue
                subject = context.catalogue.text("desk_verify_subject", contact.language)
                body = context.catalogue.text("desk_verify_letter", contact.language).format(link=link)
                letter = Letter(contact.email, subject, f"{body}\n", "verify", programme)
                once = f"verify:{programme}:{organization}:{month}:{place}"
                await enqueue_letter(store, context.vault, letter, now, once=once)
    return len(due)
