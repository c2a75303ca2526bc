"""Writing surveys: check, keep as a draft, publish."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from app.catalogue.catalogue import Catalogue, bundled_surveys
from app.catalogue.documents import read_yaml
from app.catalogue.instruments import with_instruments
from app.domain.errors import Fault, SurveyInvalidError
from app.domain.phrases import phrase
from app.domain.survey import Survey
from app.domain.survey.check import check_survey
from app.domain.survey.parse import read_survey
from app.domain.wording import Voice, rendered_texts
from app.jobs.context import Context
from app.store.surveys import SurveyVersion, latest_survey, list_surveys, publish_survey, save_draft


def check(
    document: object, catalogue: Catalogue, organiser: str = "Your organisation"
) -> tuple[Survey | None, list[Fault]]:
    """A survey document's meaning and all its faults at once; no meaning where it is malformed."""
    survey, malformed = read_survey(with_instruments(document))
    if malformed:
        # What stands is checked too, but not what would only be said of a stand-in.
        places = tuple(fault.place for fault in malformed)
        others = [fault for fault in check_survey(survey, catalogue.limits) if not fault.place.startswith(places)]
        return None, [*malformed, *others]
    speakable = [language for language in survey.languages if language in catalogue.texts]
    if len(speakable) < len(survey.languages) or not speakable:
        return survey, check_survey(survey, catalogue.limits)
    voice = Voice(catalogue.texts, organiser, survey)
    return survey, check_survey(survey, catalogue.limits, rendered_texts(survey, voice))


def _checked(document: object, catalogue: Catalogue) -> Survey:
    survey, faults = check(document, catalogue)
    if survey is None or faults:
        raise SurveyInvalidError(
            phrase("The survey has {number} fault(s); nothing was stored.", number=len(faults)), faults
        )
    return survey


def checked(document: object, catalogue: Catalogue) -> tuple[Survey, Mapping[str, Any]]:
    """A faultless survey and its document as it is kept; SurveyInvalidError with every fault where it has any."""
    return _checked(document, catalogue), cast("Mapping[str, Any]", with_instruments(document))


async def keep_draft(context: Context, programme: UUID, document: object, now: datetime) -> SurveyVersion:
    """Keep a survey as a draft; SurveyInvalidError with every fault where it has any."""
    survey, kept = checked(document, context.catalogue)
    async with context.database.transaction() as store:
        return await save_draft(store, programme, survey, kept, now)


async def publish(context: Context, programme: UUID, code: str, now: datetime) -> SurveyVersion:
    """Publish the draft; from then on this version never changes."""
    async with context.database.transaction() as store:
        version = await publish_survey(store, programme, code, now)
        _checked(version.document, context.catalogue)
        return version


async def load_bundled(context: Context, programme: UUID, now: datetime) -> list[str]:
    """Give a programme the surveys that come along, published; those it has already are left alone."""
    loaded: list[str] = []
    async with context.database.transaction() as store:
        known = {item.survey.code for item in await list_surveys(store, programme)}
        for path in bundled_surveys():
            document = with_instruments(read_yaml(path))
            survey = _checked(document, context.catalogue)
            if survey.code not in known:
                await save_draft(store, programme, survey, document, now)
                await publish_survey(store, programme, survey.code, now)
                loaded.append(survey.code)
    return loaded


async def get(context: Context, programme: UUID, code: str, version: int | None = None) -> SurveyVersion:
    """A version of a survey."""
    async with context.database.transaction() as store:
        return await latest_survey(store, programme, code, version)
