"""The errors of the field, as vocabulary: a code names the fault, the message says what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.domain.phrases import phrase


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where it stands and what to do about it.

    `place` is a path a person can follow: `questions.hours.options.2.text.bn`, or `row 12, phone`.
    """

    place: str
    message: str
    severity: str = "error"  # "error" stops, "warning" is shown


class DomainError(Exception):
    """Something the caller can mend; the web maps every subclass to a problem, the terminal to a message."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)


class NotFoundError(DomainError):
    """The thing named does not exist, or not in this programme."""

    code = "not-found"
    title = "Not found"


class ForbiddenError(DomainError):
    """The key is good and its role may not do this."""

    code = "forbidden"
    title = "This key may not do that"


class UnauthenticatedError(DomainError):
    """No key, an unknown key, or a revoked one."""

    code = "unauthenticated"
    title = "A valid key is needed"


class UnfinishedAccountError(ForbiddenError):
    """Signed in, but without the second factor that the role asks for."""

    code = "unfinished-account"
    title = "One step is missing"


class InvalidError(DomainError):
    """The input is malformed; `faults` say where."""

    code = "invalid"
    title = "The input is not valid"


class SurveyInvalidError(InvalidError):
    """The survey has faults that must be mended before it can be saved or launched."""

    code = "survey-invalid"
    title = "The survey has faults"


class ConflictError(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    title = "Not possible in the present state"


class DraftWordingError(ConflictError):
    """Nobody is sent a draft wording unless someone takes it on their name; the fault names the field of a request for it."""

    code = "draft-wording"
    title = "The wording is a draft"

    def __init__(self, languages: Sequence[str]) -> None:
        told = phrase(
            "The wording is a draft in {drafts}. Have it reviewed, or say who takes it on their name, and why.",
            drafts=", ".join(languages),
        )
        super().__init__(told, [Fault("accept_drafts", "must name who takes it, and why; both are recorded")])


class SurveyNotPublishedError(ConflictError):
    """Rounds are asked of published versions only."""

    code = "survey-not-published"
    title = "The survey is still a draft"


class TransitionError(ConflictError):
    """The referral's life cycle does not know this step, or not from this actor."""

    code = "transition"
    title = "The referral cannot take this step"


class NoReplyRouteError(ConflictError):
    """A survey cannot be launched on a sender that workers cannot answer."""

    code = "no-reply-route"
    title = "Workers could not reply to this sender"


class ForgedWebhookError(DomainError):
    """The signature of a webhook is missing, wrong or stale."""

    code = "forged-webhook"
    title = "The webhook is not the carrier's"


class UnavailableError(DomainError):
    """A part the service needs is away for the moment."""

    code = "unavailable"
    title = "Not available just now"


class ContentionError(UnavailableError):
    """Two processes stood in each other's way; nothing was written, and the same again will do."""

    code = "contention"
    title = "Try again"


class NotInstalledError(DomainError):
    """A part that this server was set up without."""

    code = "not-installed"
    title = "This server was set up without it"
