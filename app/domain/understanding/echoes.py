"""Phrases that speakers give back instead of yes and no, and which of them count for a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.lexicon import Lexicon, Sense

_ECHO_NO, _ECHO_YES = Sense.ECHO_NO, Sense.ECHO_YES  # asked for by every part of a reply to a yes/no question
_A_LACK = 0  # the class of what asks for something that is missing: "did you lack food?"
_ALL_OF_IT = 1
_ON_TIME = 3
SUFFERED = 16
"""What a question is about that asks for shouting, threats and touch, and what names them: the bad thing by its own words."""
HAPPENINGS = frozenset({5, 6, SUFFERED})
"""What happens to somebody, as docs/lexicons.md lists subjects: being made to, injury, shouting."""
_LATE = "late"
APART = 100
"""What parts the subjects of a phrase that answers questions about several."""
COMPLAINTS = frozenset({"late", "little", "deduction"})
"""The topics of what pay should not be."""


@dataclass(frozen=True, eq=False)
class Echoes:
    """What the phrases of a language say to one question: "they paid" is a yes to "were you paid?".

    A row with a value counts only where the question is about that: "I am afraid" is a no to a question about safety.
    `words` are the question's own, as far as they ask.
    """

    lexicon: Lexicon
    words: Sequence[str]

    @cached_property
    def subjects(self) -> frozenset[float]:
        """What the question is about, in the classes that docs/lexicons.md lists."""
        spaced = self.lexicon.phrases(Sense.ABOUT).within(self.words).values()
        signs = "".join(self.words)  # without blanks a longer phrase may hide the word: Khmer "គេបង្ខំ" holds "បង្ខំ"
        return frozenset((*spaced, *(kind for form, kind in self._unspaced_subjects if form in signs)))

    @property
    def _unspaced_subjects(self) -> list[tuple[str, float]]:
        return [(form, kind) for form, kind in self.lexicon.of(Sense.ABOUT).items() if is_unspaced(form)]

    @property
    def whole(self) -> bool:
        """Whether the question asks for all of something: "did you get your full pay?"."""
        return _ALL_OF_IT in self.subjects

    @cached_property
    def astray(self) -> bool:
        """Whether the question asks for the bad thing itself, so that "on time" is no yes: "was your pay late?"."""
        lexicon = self.lexicon
        named = lexicon.of(Sense.ABOUT)  # "safe" is a no to "were you hurt?", and nothing bad to be asked for
        denied = any(lexicon.says(part, _ECHO_NO) and part not in named for part, _ in lexicon.every.cut(self.words))
        told = {lexicon.topics[part] for part, known in lexicon.cut_by_topics(self.words) if known}
        return denied or _A_LACK in self.subjects or not told.isdisjoint(COMPLAINTS)

    @cached_property
    def on_time(self) -> bool:
        """Whether being on time was asked for, so that any word for lateness is a no."""
        return _ON_TIME in self.subjects and not self.astray

    @cached_property
    def _late_starts(self) -> frozenset[str]:
        return frozenset(form.partition(" ")[0] for form, topic in self.lexicon.topics.items() if topic == _LATE)

    def may_be_late(self, words: Sequence[str]) -> bool:
        """Whether any of some words may begin one for lateness, where that is a no; without blanks, any may."""
        return self.on_time and (not self._late_starts.isdisjoint(words) or any(map(is_unspaced, words)))

    def late(self, part: str) -> bool:
        """Whether a part says no to this question by being of lateness."""
        return self.on_time and self.lexicon.topics.get(part) == _LATE

    def _asks_for(self, subjects: float) -> bool:
        """Whether the question is about one of some subjects, written one behind the other: 212 is 2 and 12."""
        left = int(subjects)
        while left and left % APART not in self.subjects:
            left //= APART
        return left > 0

    def pointed(self, part: str) -> bool:
        """Whether a phrase says yes to questions of one kind alone: "they forced us"."""
        return bool(self.lexicon.of(_ECHO_YES).get(part))

    def pointed_no(self, part: str) -> bool:
        """Whether a phrase says no to what this question is about, and to that alone: "I am afraid to speak"."""
        return bool(self.lexicon.of(_ECHO_NO).get(part)) and self.get(part) is False

    def get(self, part: str, default: bool | None = None) -> bool | None:
        """Whether the part says yes or no here; `default` where it says neither."""
        for sense, yes in ((_ECHO_NO, False), (_ECHO_YES, True)):
            subject = self.lexicon.of(sense).get(part)
            if subject is None or (self.astray and subject != SUFFERED):
                continue
            if not subject or self._asks_for(subject):
                return yes
        return False if self.late(part) else default
