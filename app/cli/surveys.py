"""`shiftline survey check`, `survey try` and `understand`: a survey file, before anybody is asked."""

import json
from pathlib import Path

import typer
from rich.text import Text

from app.catalogue.catalogue import Catalogue, load_catalogue
from app.catalogue.documents import read_yaml
from app.cli.terminal import Language, complain, out
from app.domain.conversation import Conversation, Effect, Flag, Purpose, Record, Script, Send, advance, begin
from app.domain.errors import InvalidError, SurveyInvalidError
from app.domain.survey import Survey
from app.domain.understanding import Command, hear
from app.domain.wording import Voice, render
from app.jobs.writing import check


def survey_check(file: Path) -> None:
    """Every fault of a survey file at once, each with its place."""
    survey, faults = check(read_yaml(file), load_catalogue())
    if survey is None or faults:
        complain(f"{file} has {len(faults)} fault(s).", faults)
        raise typer.Exit(1)
    drafts = ", ".join(survey.draft_languages())
    out.print(f"[green]✓[/] {file}: {len(survey.questions)} questions in {', '.join(survey.languages)}.")
    if drafts:
        out.print(f"  Draft wording in {drafts}: a launch needs someone to take it on their name.")


def _survey(file: Path, catalogue: Catalogue) -> Survey:
    survey, faults = check(read_yaml(file), catalogue)
    if survey is None or faults:
        raise SurveyInvalidError(f"{file} has {len(faults)} fault(s).", faults)
    return survey


def survey_try(file: Path, language: Language = "en") -> None:
    """Hold the survey's conversation in the terminal; an empty line or Ctrl-D ends it."""
    catalogue = load_catalogue()
    survey = _survey(file, catalogue)
    if language not in survey.languages:
        raise InvalidError(f"The survey does not speak {language!r}; it speaks {', '.join(survey.languages)}.")
    script, voice = Script(catalogue.lexicons, survey), Voice(catalogue.texts, "Your organisation", survey)
    talk, effects = begin(Purpose.SURVEY, language)
    _show(talk, effects, voice)
    while talk.open:
        try:
            text = input("you › ")
        except EOFError:
            break
        if not text:
            break
        talk, effects = advance(talk, text, script)
        _show(talk, effects, voice)
    out.print(f"[dim]{'Ended: ' + talk.ending if talk.ending else 'Left open'}; {len(talk.answers)} answers.[/]")


def _show(talk: Conversation, effects: list[Effect], voice: Voice) -> None:
    for effect in effects:
        match effect:
            case Record(question, said):
                out.print(
                    f"[dim]  {question}: {said.outcome} {said.value!r} ({said.method}, {said.confidence:g})[/]",
                    highlight=False,
                )
            case Flag(category, urgency, sensitivity):
                out.print(f"[yellow]  need: {category}, {urgency}, {sensitivity}[/]", highlight=False)
            case Send(say):
                out.print(Text("sms › ", "bold cyan") + Text(render(say, talk.language, voice)))
            case _:
                pass


def understand_command(file: Path, question: str, text: str, language: Language = "en") -> None:
    """What a reply to a question is taken to mean, how, and how surely, or what it orders; as JSON."""
    catalogue = load_catalogue()
    survey = _survey(file, catalogue)
    asked = survey.question(question)
    if asked is None or not asked.asks:
        known = ", ".join(item.code for item in survey.questions if item.asks)
        raise InvalidError(f"The survey asks no {question!r}; it asks {known}.")
    if language not in catalogue.lexicons:
        raise InvalidError(f"{language!r} is not spoken here; one of {', '.join(sorted(catalogue.lexicons))}.")
    said = hear(text, asked, language, catalogue.lexicons, survey.languages)
    if isinstance(said, Command):
        print(json.dumps({"outcome": "order", "order": said.order, "language": said.language or language}))
        return
    value = list(said.value) if isinstance(said.value, tuple) else said.value
    option = asked.option(value) if isinstance(value, int) and not isinstance(value, bool) else None
    print(json.dumps({
        "outcome": said.outcome, "value": value, "option": option.value if option else None, "method": said.method,
        "confidence": said.confidence, "span": said.span, "language": said.language or language,
    }, ensure_ascii=False))  # fmt: skip
