"""One of a numbered list: what the line can do, a kind of service, a request to end."""

from collections.abc import Mapping, Sequence

from app.domain.conversation.model import Chosen, Conversation, Ending, Purpose, Send
from app.domain.conversation.steps import Step, end, kindly
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import Lexicon, understand, words_of
from app.domain.wording import Say

PICKED = frozenset({Purpose.MENU, Purpose.TOPICS, Purpose.CANCEL})
"""Conversations in which the worker picks a number."""

_BETWEEN = "\n"


def listed(options: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What fills the places of a numbered list: (code, its name in the worker's language), in order."""
    names = [name.replace(_BETWEEN, " ") for _, name in options]
    return {
        "codes": _BETWEEN.join(code for code, _ in options),
        "names": _BETWEEN.join(names),
        "choices": ", ".join(f"{number} = {name}" for number, name in enumerate(names, 1)),
    }


def pick(talk: Conversation, text: str, lexicon: Lexicon, *, cried: bool) -> Step:
    """A reply to a list; it is told again once, and then let go. What was picked is the job's to carry out."""
    code = _picked(talk.fields, text, talk.language, lexicon)
    if code is not None:
        talk, ended = end(talk, Ending.COMPLETE)
        return talk, [Chosen(code), *ended]
    if cried:
        talk, ended = end(talk, Ending.UNCLEAR)
        return talk, [Send(Say(kindly(cried=True))), *ended]
    if talk.reasked:
        talk, ended = end(talk, Ending.UNCLEAR)
        return talk, [Send(Say("neutral")), *ended]
    return talk._replace(reasked=True), [Send(Say("pick_reask", fields=talk.fields))]


def _picked(fields: Mapping[str, str], text: str, language: str, lexicon: Lexicon) -> str | None:
    """The code that was picked; empty for none of them."""
    if words_of(text) == ("0",):
        return ""
    codes, names = fields["codes"].split(_BETWEEN), fields["names"].split(_BETWEEN)
    options = tuple(Option(at, str(at), {language: name}) for at, name in enumerate(names, 1))
    said = understand(text, Question("pick", Kind.SINGLE, {}, options), lexicon)
    return codes[int(said.value) - 1] if said.settled and isinstance(said.value, int) else None
