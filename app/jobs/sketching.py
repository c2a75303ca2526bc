"""Writing a survey with others: sketches that are saved as somebody types, and become a published version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ConflictError, NotFoundError
from app.domain.phrases import phrase
from app.jobs.context import Context
from app.jobs.writing import checked
from app.store.database import Store
from app.store.sketches import Sketch, drop_sketch, get_sketch, save_sketch
from app.store.surveys import SurveyVersion, latest_survey, publish_survey, save_draft


class SavedByAnotherError(ConflictError):
    """Somebody else saved the survey since it was read; nothing was written over."""

    code = "saved-by-another"
    title = "Somebody else saved this survey"


@dataclass(frozen=True, slots=True)
class Begun:
    """What an editor begins from: the sketch of the survey, or its newest version where nobody is typing one.

    `version` is that version's number, 0 where there is none.
    """

    sketch: Sketch | None
    newest: SurveyVersion | None

    @property
    def version(self) -> int:
        """What a page remembers to be told when another version came about."""
        return self.newest.version if self.newest else 0

    @property
    def base(self) -> Mapping[str, Any]:
        """The document that the sketch goes on from."""
        if self.sketch is not None:
            return self.sketch.base
        return self.newest.document if self.newest else {}


async def begin(context: Context, programme: UUID, code: str) -> Begun:
    """What there is of a survey; NotFoundError where there is nothing."""
    async with context.database.transaction() as store:
        begun = await _begun(store, programme, code)
    if begun.sketch is None and begun.newest is None:
        raise NotFoundError(phrase("There is no survey {code!r} in this programme.", code=code))
    return begun


async def _begun(store: Store, programme: UUID, code: str) -> Begun:
    try:
        newest = await latest_survey(store, programme, code)
    except NotFoundError:
        newest = None
    return Begun(await get_sketch(store, programme, code), newest)


async def sketch(context: Context, programme: UUID, given: Sketch, version: int, *, leaves: bool = False) -> Sketch:
    """Save a sketch.

    Args:
        context: the store.
        programme: whose survey it is.
        given: the sketch; its `base` is put in here, its `stamp` is the one its page was read with, 0 for none.
        version: the newest version when the page was read.
        leaves: whether its page is left with this, as when a button was pressed.

    Raises:
        SavedByAnotherError: somebody else saved it, or made a version, since.
    """
    async with context.database.transaction() as store:
        begun = await _begun(store, programme, given.code)
        gone = begun.sketch is None and given.stamp > 0
        kept = None
        if not gone and (begun.sketch is not None or begun.version == version):
            kept = await save_sketch(
                store, programme, replace(given, base=begun.base or {"survey": given.code}), leaves=leaves
            )
    if kept is None:
        raise SavedByAnotherError("Somebody else saved this survey since you opened it; yours is not saved.")
    return kept


async def begin_anew(context: Context, programme: UUID, made: Sketch) -> bool:
    """Keep a first sketch, of a new survey or of a form that was read; whether there was none yet."""
    async with context.database.transaction() as store:
        if await get_sketch(store, programme, made.code) is not None:
            return False
        return await save_sketch(store, programme, made) is not None


async def drop(context: Context, programme: UUID, code: str) -> None:
    """Let a sketch go."""
    async with context.database.transaction() as store:
        await drop_sketch(store, programme, code)


async def publish_sketch(
    context: Context, programme: UUID, document: Mapping[str, Any], now: datetime
) -> SurveyVersion:
    """Make a version of what was typed, and let the sketch go; SurveyInvalidError with every fault where it has any."""
    survey, kept = checked(document, context.catalogue)
    async with context.database.transaction() as store:
        await save_draft(store, programme, survey, kept, now)
        version = await publish_survey(store, programme, survey.code, now)
        await drop_sketch(store, programme, survey.code)
        return version
