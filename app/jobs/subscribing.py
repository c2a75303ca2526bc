"""Reports by letter: who asked for one is told, at their rhythm, that it is there and where; never what it says."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.catalogue.letters import letter_texts
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.phrases import phrase
from app.domain.rhythm import Rhythm, next_due
from app.jobs.context import Context
from app.store.database import Store
from app.store.keys import Caller, programme_of
from app.store.letters import Letter, enqueue_letter
from app.store.programmes import list_sites
from app.store.reports import Wanted, drop_wish, move_wish, rounds_to_tell, wish_report, wishes_due, wishes_of

MOST_WISHES = 20
_AT_ONCE = 100


async def ask_for_report(
    context: Context, caller: Caller, site: str, rhythm: Rhythm, language: str, now: datetime
) -> None:
    """Write to the caller from now on; to their account's own address and no other.

    Args:
        context: whose database.
        caller: who asks, signed in as a person.
        site: the code of the site it is about; empty for the overview.
        rhythm: how often.
        language: of the letter.
        now: the moment.

    Raises:
        ForbiddenError: a key without an account has no address.
        NotFoundError: there is no such site for the caller.
        ConflictError: they have as many as one person may.
    """
    if caller.account is None or caller.programme is None:
        raise ForbiddenError("Reports are sent to the address of an account; sign in with one.")
    async with context.database.transaction() as store:
        sites = {row["code"]: row["id"] for row in await list_sites(store, caller.programme, caller.brand)}
        if site and site not in sites:
            raise NotFoundError("There is no such site for you.")
        if len(await wishes_of(store, caller.key)) >= MOST_WISHES:
            raise ConflictError(phrase("At most {most_wishes} reports; end one first.", most_wishes=MOST_WISHES))
        await wish_report(
            store, caller.programme, caller.key, sites.get(site), rhythm, language, next_due(rhythm, now), now
        )


async def my_reports(context: Context, caller: Caller) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the caller asked for, and the sites they may ask about."""
    programme = programme_of(caller)
    async with context.database.transaction() as store:
        return await wishes_of(store, caller.key), await list_sites(store, programme, caller.brand)


async def end_report(context: Context, caller: Caller, wish: UUID) -> None:
    """Write to the caller no more; NotFoundError where it is not theirs."""
    async with context.database.transaction() as store:
        await drop_wish(store, caller.key, wish)


async def tell_of_reports(context: Context, now: datetime) -> int:
    """Queue a letter for each report that is due; how many."""
    async with context.database.transaction() as store:
        due = await wishes_due(store, now, _AT_ONCE)
        for wanted in due:
            # Whoever was away for a month gets one letter, and not four.
            await move_wish(store, wanted.wish, next_due(wanted.rhythm, now))
            await _write(store, context, wanted, f"report:{wanted.wish}:{now.date()}", now)
        ended = await rounds_to_tell(store, now, _AT_ONCE)
        for wanted in ended:
            await _write(store, context, wanted, f"report:{wanted.wish}:{wanted.round}", now)
    return len(due) + len(ended)


async def _write(store: Store, context: Context, wanted: Wanted, once: str, now: datetime) -> None:
    path = f"/sites/{quote(wanted.site)}" if wanted.site else "/overview"
    link = context.address(f"{path}?round={wanted.round}" if wanted.round else path)
    texts = letter_texts(wanted.language)
    body = texts["report_body"].format(link=link, reports=context.address("/reports"))
    letter = Letter(wanted.email, texts["report_subject"], body, "report", wanted.programme)
    await enqueue_letter(store, context.vault, letter, now, once=once)
