"""Questions: an answer, a late or a corrected one, several in one text, and the way on."""

from collections.abc import Sequence

from app.domain.conversation.model import (
    Conversation,
    Effect,
    Ending,
    Record,
    Script,
    Send,
    Stage,
    SwitchLanguage,
    Unclear,
)
from app.domain.conversation.steps import Step, end, kindly, others, raised, survey_of
from app.domain.survey import Kind, Question, Survey
from app.domain.survey.conditions import condition_holds
from app.domain.understanding import (
    Lexicons,
    Method,
    Outcome,
    Part,
    Understanding,
    guess_language,
    parts_of,
    understand,
    without_correction,
)
from app.domain.wording import Say

_CLEAR = 0.85  # each of several answers in one text must be this clear
_SURE = 0.9  # a text for another question than the open one must leave no doubt
_HOPELESS = 6  # as many texts nobody understood, and not one answer: a machine, or somebody we cannot ask


def answer(
    talk: Conversation, text: str, script: Script, heard: Understanding | None, *, cried: bool, early: bool
) -> Step:
    """A reply while a question is open.

    Args:
        talk: the conversation, asking.
        text: the reply.
        script: the survey and the words.
        heard: what it was understood as already, if it was.
        cried: the text told of a need as well.
        early: it was written before the open question left.
    """
    question = question_of(talk, script)
    if early and talk.before:
        return _second(talk, text, script, cried=cried)
    more = None if text.strip().isdecimal() else _more(talk, text, question, script, cried=cried)
    if more is not None:
        return more
    understanding = heard or _read(text, question, talk, script)
    if not understanding.settled:
        late = _late(talk, text, script)
        if late is not None:
            return _amend(talk, *late, script, "corrected", cried=cried)
        return _unclear(talk, text, question, understanding, script, cried=cried)
    talk, switched = _follow(talk, understanding.language, script, understanding.method)
    return _settled(talk, question, understanding, script, switched, cried=cried)


def _more(talk: Conversation, text: str, question: Question, script: Script, *, cried: bool) -> Step | None:
    """A text that corrects the answer before, or answers several questions; None where it is neither."""
    corrected = _correction(talk, text, script)
    if corrected is not None:
        return _amend(talk, *corrected, script, "corrected", cried=cried)
    parts = _parts(text, question)
    return answers_in_turn(talk, parts, script, cried=cried) if parts else None


def _parts(text: str, question: Question) -> tuple[Part, ...]:
    """The answers a text may hold, unless the open question takes them all: many choices, or own words."""
    return () if question.kind in {Kind.MANY, Kind.TEXT} else parts_of(text)


def question_of(talk: Conversation, script: Script) -> Question:
    """The open question."""
    question = survey_of(script).question(talk.question)
    if question is None:
        raise ValueError(talk.question)
    return question


def _read(text: str, question: Question, talk: Conversation, script: Script) -> Understanding:
    spoken = [script.lexicon(tongue) for tongue in others(script) if tongue != talk.language]
    return understand(text, question, script.lexicon(talk.language), spoken)


def _settled(
    talk: Conversation, question: Question, said: Understanding, script: Script, effects: list[Effect], *, cried: bool
) -> Step:
    before = talk.answers
    talk = _keep(talk, question, said)
    needs = raised(survey_of(script), before, talk.answers, question)
    return go_on(talk, [*effects, Record(question.code, said), *needs], script, prefix=kindly(cried=cried))


def _keep(talk: Conversation, question: Question, said: Understanding) -> Conversation:
    unclear = talk.unclear + (0 if said.settled else 1)
    value = said.value if said.outcome is Outcome.ANSWER else None
    answers = {**talk.answers, question.code: value}
    return talk._replace(reasked=False, unclear=unclear, answers=answers, before=question.code)


def _unclear(
    talk: Conversation, text: str, question: Question, said: Understanding, script: Script, *, cried: bool
) -> Step:
    if cried:
        # What was written deserves an answer of its own; the question waits and this was no failed try.
        return talk, [Send(Say("question", question.code, prefix="cry_ack"))]
    if not talk.reasked:
        # Who wrote in another of the survey's languages is asked again in that one.
        tongue = guess_language(text, talk.language, Lexicons.of(script.lexicons), others(script))
        talk, switched = _follow(talk, tongue, script, Method.WORD)
        talk = talk._replace(reasked=True, unclear=talk.unclear + 1, before="")
        return talk, [*switched, Send(Say("reask", question.code))]
    if talk.unclear + 1 >= _HOPELESS and not any(value is not None for value in talk.answers.values()):
        talk, ended = end(_keep(talk, question, said), Ending.UNCLEAR)
        return talk, [Record(question.code, said), Send(Say("neutral")), *ended]
    return _settled(talk, question, said, script, [], cried=cried)


def _follow(talk: Conversation, language: str, script: Script, method: Method) -> Step:
    """The conversation in the language of the reply, where that is another of the survey's; digits belong to none."""
    spoken = language in others(script) and method in {Method.WORD, Method.SPELLED}
    if not spoken or language == talk.language:
        return talk, []
    return talk._replace(language=language), [SwitchLanguage(language)]


# -- the answer before ------------------------------------------------------------------------------


def _last(talk: Conversation, survey: Survey) -> Question | None:
    """The question settled last before the open one."""
    done = [
        question for question in survey.questions[: position(survey, talk.question)] if question.code in talk.answers
    ]
    return done[-1] if done else None


def _second(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step:
    """A reply written before the open question left: nobody had read it, so the reply is a second one to the last."""
    last = _last(talk, survey_of(script))
    said = _read(text, last, talk, script) if last is not None else None
    if last is None or said is None or not said.settled or said.value == talk.answers.get(last.code):
        # Nobody could make anything of it, so a person shall: the question before has an answer already.
        lost = said is not None and not said.settled and not cried
        kept = [Unclear(last.code)] if last is not None and lost else []
        return talk, [*kept, Send(Say("question", talk.question, prefix=kindly(cried=cried)))]
    return _amend(talk, last, said, script, "", cried=cried)


def _correction(talk: Conversation, text: str, script: Script) -> tuple[Question, Understanding] | None:
    """Such as "Sorry 3": a new answer to the question before, unless it is the same again or means nothing there."""
    last = _last(talk, survey_of(script))
    rest = without_correction(text, script.lexicon(talk.language)) if last is not None else ""
    if last is None or not rest:
        return None
    if talk.reasked and _read(rest, question_of(talk, script), talk, script).settled:
        return None  # who was just asked again says sorry for not having been understood
    said = _read(rest, last, talk, script)
    fits = said.outcome is Outcome.ANSWER and said.confidence >= _SURE and said.value != talk.answers[last.code]
    return (last, said) if fits else None


def _late(talk: Conversation, text: str, script: Script) -> tuple[Question, Understanding] | None:
    """Words that answer the question before and cannot answer this one."""
    last = _last(talk, survey_of(script))
    if last is None or not last.options:
        return None
    said = _read(text, last, talk, script)
    fits = said.outcome is Outcome.ANSWER and said.confidence >= _SURE and said.method is Method.WORD
    return (last, said) if fits and said.value != talk.answers[last.code] else None


def _amend(
    talk: Conversation, question: Question, said: Understanding, script: Script, prefix: str, *, cried: bool
) -> Step:
    """Another answer to the question before, and the way on from there: a skip rule may lead elsewhere now."""
    before = talk.answers
    talk = _keep(talk, question, said)._replace(question=question.code)
    needs = raised(survey_of(script), before, talk.answers, question)
    return go_on(talk, [Record(question.code, said), *needs], script, prefix=kindly(cried=cried) or prefix)


# -- several answers in one text --------------------------------------------------------------------


def answers_in_turn(talk: Conversation, parts: Sequence[Part], script: Script, *, cried: bool) -> Step | None:
    """A whole conversation in one text: each part the answer to the next question, or to the one it names.

    None unless every part is surely understood, and parts without labels answer every question that is left.
    """
    survey = survey_of(script)
    effects: list[Effect] = []
    for part in parts:
        question = next_question(survey, talk) if talk.question in talk.answers else question_of(talk, script)
        if question is None:
            return None
        if part.number and part.number != _number(survey, question):
            if _repeats(survey, talk, part, script):
                continue
            return None
        said = understand(part.text, question, script.lexicon(talk.language))
        if question.kind is Kind.TEXT or not said.settled or said.confidence < _CLEAR:
            return None
        before = talk.answers
        talk = _keep(talk, question, said)._replace(question=question.code)
        effects += [Record(question.code, said), *raised(survey, before, talk.answers, question)]
    if not effects or (not parts[0].number and next_question(survey, talk) is not None):
        return None
    return go_on(talk, effects, script, prefix=kindly(cried=cried))


def _number(survey: Survey, question: Question) -> int:
    """The place of a question among those that ask, from 1."""
    return [item.code for item in survey.questions if item.asks].index(question.code) + 1


def _repeats(survey: Survey, talk: Conversation, part: Part, script: Script) -> bool:
    """Whether a labelled part only says again what was answered."""
    asked = [item for item in survey.questions if item.asks]
    question = asked[part.number - 1] if part.number <= len(asked) else None
    if question is None or question.code not in talk.answers:
        return False
    return understand(part.text, question, script.lexicon(talk.language)).value == talk.answers[question.code]


# -- the way on -------------------------------------------------------------------------------------


def go_on(talk: Conversation, effects: list[Effect], script: Script, *, prefix: str = "") -> Step:
    """The next question that applies, with the notes before it, or thanks and the end."""
    survey = survey_of(script)
    question = next_question(survey, talk)
    notes = _notes(survey, talk, question)
    if question is not None:
        talk = talk._replace(stage=Stage.ASKING, question=question.code)
        return talk, [*effects, Send(Say("question", question.code, notes, prefix))]
    talk, ended = end(talk, Ending.COMPLETE)
    return talk, [*effects, Send(Say("thanks", notes=notes, prefix=prefix)), *ended]


def next_question(survey: Survey, talk: Conversation) -> Question | None:
    """The next question after the open one that applies and asks, or None at the end."""
    rest = survey.questions[position(survey, talk.question) + 1 :]
    return next((question for question in rest if question.asks and _applies(question, talk)), None)


def _applies(question: Question, talk: Conversation) -> bool:
    return question.ask_if is None or condition_holds(question.ask_if, talk.answers, {})


def _notes(survey: Survey, talk: Conversation, until: Question | None) -> tuple[str, ...]:
    """The notes that stand between the open question and the next."""
    end_at = position(survey, until.code) if until else len(survey.questions)
    between = survey.questions[position(survey, talk.question) + 1 : end_at]
    return tuple(note.code for note in between if not note.asks and _applies(note, talk))


def position(survey: Survey, code: str) -> int:
    """The place of a question, from 0; -1 before the first."""
    return survey.places.get(code, -1)
