"""Services by the names that a worker's phone may show."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from app.domain.action import speaks_of_grave_things
from app.domain.errors import Fault, InvalidError
from app.domain.naming import Called
from app.domain.phrases import phrase
from app.domain.wording import FALLBACK_LANGUAGE
from app.jobs.context import Context
from app.store.database import Store
from app.store.naming import names_of, set_discreet_name

LONGEST_NAME = 40
"""Characters: texts are short."""


async def names_in(
    store: Store, context: Context, programme: UUID, services: Collection[UUID], language: str
) -> dict[UUID, Called]:
    """What these services are called; `grave` also where its own name would tell whoever reads this language or English.

    A legal aid clinic may be for ordinary needs alone, and have violence in its name.
    """
    found = await names_of(store, programme, services, context.catalogue.limits.sensitive) if services else {}
    spoken = {language, FALLBACK_LANGUAGE}
    return {
        key: replace(called, grave=called.grave or _tells(context, called.own, spoken)) for key, called in found.items()
    }


def _tells(context: Context, name: str, languages: Collection[str]) -> bool:
    return any(speaks_of_grave_things(name, language, context.catalogue.lexicons) for language in languages)


async def told_names(
    store: Store, context: Context, programme: UUID, services: Collection[UUID], language: str
) -> dict[UUID, str]:
    """What texts in this language call these services."""
    found = await names_in(store, context, programme, services, language)
    unnamed = context.catalogue.text("unnamed", language)
    return {key: called.told(unnamed) for key, called in found.items()}


async def told_name(store: Store, context: Context, programme: UUID, service: UUID, language: str) -> str:
    """What a text in this language calls this service."""
    return (await told_names(store, context, programme, [service], language))[service]


async def name_discreetly(store: Store, context: Context, programme: UUID, service: UUID, name: str) -> None:
    """Keep a name for texts that tells nothing; empty for none.

    Raises:
        NotFoundError: the programme has no such service.
        InvalidError: it is too long, or holds words of what no text may name.
    """
    said = name.strip()
    if len(said) > LONGEST_NAME:
        raise _refused(phrase("must hold at most {longest} characters: texts are short", longest=LONGEST_NAME))
    if _tells(context, said, context.catalogue.lexicons):
        raise _refused("holds words that tell of violence or the like; phones are shared")
    await set_discreet_name(store, programme, service, said)


def _refused(why: str) -> InvalidError:
    return InvalidError("The name cannot be kept.", [Fault("discreet_name", why)])
