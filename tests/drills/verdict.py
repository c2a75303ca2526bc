"""What came of a drill: figures, and faults, which must be empty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from tests.drills.crowd import Person, Question


@dataclass
class Findings:
    """Figures, of which those named in `must_be_empty` are faults where they are not."""

    must_be_empty: ClassVar[Sequence[str]] = ()

    seconds: float = 0

    def faults(self) -> dict[str, Any]:
        """What must not be."""
        return {name: found for name in self.must_be_empty if (found := getattr(self, name))}

    def told(self) -> str:
        """A line for each figure."""
        counted = {item.name: getattr(self, item.name) for item in fields(self)}
        return "\n".join(
            f"  {name.replace('_', ' '):<20} {len(value) if isinstance(value, list) else _shown(value)}"
            for name, value in counted.items()
        )


def _shown(value: Any) -> Any:
    if isinstance(value, Counter):
        return f"{value.total()} " + (", ".join(f"{name} {times}" for name, times in sorted(value.items())))
    return f"{value:.0f}" if isinstance(value, float) else value


@dataclass
class RoundFindings(Findings):
    """What came of a round that people answered: their phones know what must be in the database."""

    must_be_empty = ("twice", "lost", "stored_twice", "wrong", "unanswered", "open", "strange")

    people: int = 0
    texts: int = 0
    replies: int = 0
    answers: int = 0
    unknown: int = 0
    found_sent: int = 0
    sent_again: int = 0

    twice: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stored_twice: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    open: int = 0
    strange: Counter[str] = field(default_factory=Counter)

    def judge_replies(self, people: Mapping[str, Person], inbox: Sequence[tuple[str, str]]) -> None:
        """Every reply that a phone's network took is in the inbox, and none stands there twice; (number, text)."""
        stored: dict[str, Counter[str]] = {number: Counter() for number in people}
        for number, text in inbox:
            if number in stored:
                stored[number][text] += 1
            else:
                self.stored_twice.append(number)
        for number, person in people.items():
            typed = Counter(person.typed)
            self.lost += [number] * (typed - stored[number]).total()
            self.stored_twice += [number] * (stored[number] - typed).total()

    def judge_answers(
        self, people: Mapping[str, Person], asked: Sequence[Question], recorded: Mapping[tuple[str, str], Any]
    ) -> None:
        """Everybody was asked everything, and what they meant is recorded; (number, question) → value."""
        self.answers = len(recorded)
        for number, person in people.items():
            for question in asked:
                reply, meant = person.answers[question.code]
                found = recorded.get((number, question.code))
                if question.code not in person.answered:
                    self.unanswered.append((number, question.code))
                elif found != meant:
                    self.wrong.append((number, question.code, reply, found))
