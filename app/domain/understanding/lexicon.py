"""The words of one language that the reader of replies knows, and how a text is cut into them."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from app.domain.survey import Sensitivity, Urgency
from app.domain.understanding.cutting import UNSPACED, Cutter
from app.domain.understanding.gist import Gists
from app.domain.understanding.names import Names
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.templates import Templates
from app.domain.understanding.variants import Variants

_LONG_CRY = 8
_TENTH = 10
_ONES_AND_TENS = 21
_FAR = 4
"""Latin words of other languages need this many letters; `N` is yes in Swahili and no in English."""


class Sense(StrEnum):
    """What a word or a phrase says; docs/lexicons.md explains each."""

    YES = "yes"
    NO = "no"
    ECHO_YES = "echo-yes"
    ECHO_NO = "echo-no"
    ABOUT = "about"
    CLOCK = "clock"
    UNSURE = "unsure"
    REFUSE = "refuse"
    SKIP = "skip"
    ACKNOWLEDGE = "acknowledge"
    POLITE = "polite"
    NUMBER = "number"
    ORDINAL = "ordinal"
    MULTIPLIER = "multiplier"
    MULTIPLIER_FIRST = "multiplier-first"
    TENTHS = "tenths"
    HALF = "half"
    PLUS = "plus"
    ARTICLE = "article"
    POINT = "point"
    UNIT = "unit"
    RATE = "rate"
    SPAN = "span"
    OF = "of"
    CASE = "case"
    CIRCUMSTANCE = "circumstance"
    APPROX = "approx"
    FILLER = "filler"
    BETWEEN = "between"
    TO = "to"
    OR = "or"
    AND = "and"
    AND_BEFORE = "and-before"
    AND_AFTER = "and-after"
    ALL = "all"
    NONE = "none"
    NO_PROBLEM = "no-problem"
    EXCEPT = "except"
    BUT = "but"
    CLAUSE = "clause"
    NEGATION = "negation"
    NEGATION_BEFORE = "negation-before"
    NEGATION_AFTER = "negation-after"
    DEGREE = "degree"
    OFTEN = "often"
    STRESS = "stress"
    CORRECTION = "correction"
    LATER = "later"
    WHEN = "when"
    WHO = "who"
    WRONG_PERSON = "wrong-person"
    AUTO = "auto"
    STOP = "stop"
    STOP_WRITTEN = "stop-as-written"
    START = "start"
    HELP = "help"
    STATUS = "status"
    END_REQUEST = "end-request"
    NO_CONTACT = "no-contact"
    SPEAK = "speak"
    SPEAKS_OF = "speaks-of"


_NO_WORDS = frozenset({
    Sense.AND_BEFORE, Sense.AND_AFTER, Sense.STOP_WRITTEN, Sense.ABOUT, Sense.CLOCK, Sense.CLAUSE, Sense.SPEAK,
    Sense.SPEAKS_OF,
})  # fmt: skip
_NO_FORMS: Mapping[str, float] = {}
_NOTHING = frozenset[Sense]()
SETTLING = (Sense.UNSURE, Sense.REFUSE, Sense.SKIP)
COUNTING = (Sense.NUMBER, Sense.HALF, Sense.MULTIPLIER, Sense.MULTIPLIER_FIRST, Sense.PLUS, Sense.ARTICLE)
_TELLING = (Sense.NO, Sense.NEGATION, Sense.EXCEPT, Sense.UNSURE, Sense.REFUSE, Sense.NUMBER)


@dataclass(frozen=True, slots=True)
class CryPhrase:
    """A phrase that means a need wherever it stands."""

    words: tuple[str, ...]
    category: str
    urgency: Urgency
    sensitivity: Sensitivity

    @property
    def travels(self) -> bool:
        """Whether it means the same whoever writes it: several words, a long one, or one in a script of its own."""
        phrase = " ".join(self.words)
        return " " in phrase or len(phrase) >= _LONG_CRY or not phrase.isascii()


Words = Mapping[Sense, Mapping[str, float]]
"""Sense → folded form → value; the value is 0 where a sense has none."""


@dataclass(frozen=True)
class Lexicon:
    """Folded forms of one language; letters and short words never leave their language (`N` is yes in Swahili).

    `topics` are the words for what workplaces are made of, each with the one thing it names: "foreman" → supervisor.
    `spellings` are words as phones write them, each with the way the other tables write it: "tjr" → "toujours".
    """

    language: str
    words: Words = field(default_factory=dict[Sense, Mapping[str, float]])
    cries: tuple[CryPhrase, ...] = ()
    topics: Mapping[str, str] = field(default_factory=dict[str, str])
    spellings: Mapping[str, str] = field(default_factory=dict[str, str])
    gists: Gists | None = None
    templates: Templates = field(default_factory=lambda: Templates({}))

    def of(self, sense: Sense) -> Mapping[str, float]:
        """The forms that say this, each with its value."""
        return self.words.get(sense, _NO_FORMS)

    @cached_property
    def senses(self) -> Mapping[str, frozenset[Sense]]:
        """Form → everything it says."""
        # Most forms say one thing: the sets are shared, or they would weigh more than the words.
        shared: dict[frozenset[Sense], frozenset[Sense]] = {}
        found: dict[str, frozenset[Sense]] = {}
        for sense, forms in self.words.items():
            if sense in _NO_WORDS:
                continue  # parts of words, and a form that is not folded
            alone = frozenset({sense})
            for form in forms:
                said = found.get(form)
                both = alone if said is None else said | alone
                found[form] = shared.setdefault(both, both)
        return found

    @cached_property
    def every(self) -> Phrases[frozenset[Sense]]:
        """Every form with everything it says, to cut a text by."""
        return Phrases(self.senses)

    @cached_property
    def begun(self) -> Mapping[str, frozenset[Sense]]:
        """First word → everything that the forms beginning with it say."""
        shared: dict[frozenset[Sense], frozenset[Sense]] = {}
        found: dict[str, frozenset[Sense]] = {}
        for form, said in self.senses.items():
            first = form.partition(" ")[0]
            known = found.get(first)
            both = said if known is None else known | said
            found[first] = shared.setdefault(both, both)
        return found

    def hints(self, words: Sequence[str]) -> frozenset[Sense]:
        """All that words in this order may say, alone or as phrases: what is not in it need not be looked for."""
        begun = self.begun
        if len(words) == 1:
            return begun.get(words[0], _NOTHING)
        return _NOTHING.union(*filter(None, map(begun.get, words)))

    @cached_property
    def _tables(self) -> dict[Sense, Phrases[float]]:
        return {}

    def phrases(self, sense: Sense) -> Phrases[float]:
        """The forms that say this, to search a text by."""
        found = self._tables.get(sense)
        if found is None:
            forms = self.of(sense)
            if sense is Sense.POLITE:
                # Politeness is stripped, and nothing that turns an answer may go with it.
                forms = {form: value for form, value in forms.items() if not self.says(form, *_TELLING)}
            found = self._tables[sense] = Phrases(forms)
        return found

    @cached_property
    def glued(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The "and" that is glued before a word, and behind one, the longest first."""
        before, after = (sorted(self.of(sense), key=len, reverse=True) for sense in (Sense.AND_BEFORE, Sense.AND_AFTER))
        return tuple(before), tuple(after)

    @cached_property
    def stops_by_letters(self) -> Mapping[str, tuple[str, ...]]:
        """The letters of a stop word in order → the words made of them."""
        found: dict[str, tuple[str, ...]] = {}
        for form in self.of(Sense.STOP):
            letters = "".join(sorted(form))
            found[letters] = (*found.get(letters, ()), form)
        return found

    @cached_property
    def counting(self) -> frozenset[str]:
        """The words that a number in words may begin with."""
        return frozenset(form.partition(" ")[0] for sense in COUNTING for form in self.of(sense))

    @cached_property
    def ones_first(self) -> bool:
        """Whether ones are said before tens: Arabic "one and twenty"."""
        numbers = self.of(Sense.NUMBER)
        return any(value == _ONES_AND_TENS and numbers.get(form.split(" ")[0]) == 1 for form, value in numbers.items())

    @cached_property
    def settling(self) -> Phrases[float]:
        """The forms that settle a question without an answer: "don't know", "would rather not say", "skip"."""
        return Phrases({form: 0 for sense in SETTLING for form in self.of(sense)})

    @cached_property
    def misspelt(self) -> Phrases[str]:
        """The spellings, to find them in a text."""
        return Phrases(self.spellings)

    @cached_property
    def variants(self) -> Variants | None:
        """The words by their sound, of a language with spellings that is written in Latin letters without rules."""
        if not self.spellings or not self.scripts:
            return None
        alone = (word for word in self.spellings if " " not in word)
        words = Counter(word for form in (*self.senses, *self.topics, *alone) for word in form.split())
        values = {form: value for sense in COUNTING for form, value in self.of(sense).items()}
        return Variants(words, values)

    @cached_property
    def puts_verbs_last(self) -> bool:
        """Whether the language does, as far as its tables tell: they hold its postpositions."""
        return bool(self.of(Sense.CASE))

    def says(self, form: str, *senses: Sense) -> bool:
        """Whether a form says one of these."""
        said = self.senses.get(form)
        return said is not None and not said.isdisjoint(senses)

    @cached_property
    def longest(self) -> Mapping[Sense, int]:
        """How many words the longest form of a sense has."""
        return {sense: max(form.count(" ") + 1 for form in forms) for sense, forms in self.words.items() if forms}

    @cached_property
    def polar(self) -> Mapping[str, bool]:
        """Form → whether it says yes."""
        return {**dict.fromkeys(self.of(Sense.YES), True), **dict.fromkeys(self.of(Sense.NO), False)}

    @cached_property
    def cries_by_word(self) -> Mapping[str, Mapping[str, tuple[tuple[int, CryPhrase], ...]]]:
        """First word → second word ("" for a cry of one) → the cries, each with its place: the gravest come first."""
        found: dict[str, dict[str, list[tuple[int, CryPhrase]]]] = {}
        for at, cry in enumerate(self.cries):
            if not UNSPACED.search("".join(cry.words)):
                first, second = cry.words[0], cry.words[1] if len(cry.words) > 1 else ""
                found.setdefault(first, {}).setdefault(second, []).append((at, cry))
        return {first: {second: tuple(cries) for second, cries in seconds.items()} for first, seconds in found.items()}

    @cached_property
    def cries_by_signs(self) -> tuple[tuple[int, CryPhrase, str], ...]:
        """The cries in scripts without blanks, each with its place and its signs in one run."""
        joined = [(at, cry, "".join(cry.words)) for at, cry in enumerate(self.cries)]
        return tuple(entry for entry in joined if UNSPACED.search(entry[2]))

    @cached_property
    def scripts(self) -> frozenset[str]:
        """The scripts the language is written in, by the first word of their letters' Unicode names, but for Latin."""
        letters = Counter(
            unicodedata.name(form[0], "").split(" ")[0]
            for form in self.senses
            if form[0].isalpha() and not form.isascii()
        )
        most = max(letters.values(), default=0)
        return frozenset(script for script, count in letters.items() if count > most / _TENTH and script != "LATIN")

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that stands in a form."""
        return frozenset(word for form in self.senses for word in form.split())

    @cached_property
    def cutter(self) -> Cutter:
        """Cuts what is written without blanks into the forms known here."""
        return Cutter(self.senses)

    def segment(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words, those of scripts without blanks cut into the longest forms known here."""
        return self.cutter.cut(words)

    @cached_property
    def _named_topics(self) -> Phrases[str]:
        return Phrases(self.topics)

    @cached_property
    def _topic_cutter(self) -> Cutter:
        return Cutter(self.topics, self.cutter)

    def cut_by_topics(self, words: Sequence[str]) -> list[tuple[str, bool]]:
        """The words, those that name a topic joined; and whether they do."""
        return self._named_topics.cut(self._topic_cutter.cut(words))

    @cached_property
    def abroad(self) -> "Lexicon":
        """The forms that may be read in a reply of somebody who was texted in another language.

        Letters and short words stay at home.
        """
        kept = {
            sense: {form: value for form, value in forms.items() if _travels(form)}
            for sense, forms in self.words.items()
        }
        return replace(
            self,
            words=kept,
            cries=tuple(cry for cry in self.cries if _travels(" ".join(cry.words))),
            topics={form: topic for form, topic in self.topics.items() if _travels(form)},
            spellings={},
            gists=None,
            templates=Templates({}),
        )


def _travels(form: str) -> bool:
    if form.isascii():
        return len(form.replace(" ", "")) >= _FAR
    return sum(map(str.isalpha, form)) > 1 or (len(form) == 1 and not form.isalpha())


class Lexicons(Mapping[str, Lexicon]):
    """Language → lexicon, with what is looked up across all of them at once; made once, and compared as such."""

    def __init__(self, lexicons: Mapping[str, Lexicon], names: Names | None = None) -> None:
        self._lexicons = dict(lexicons)
        self.names = names or Names({}, {})

    @classmethod
    def of(cls, lexicons: Mapping[str, Lexicon]) -> "Lexicons":
        """These lexicons as they are, or a plain mapping made one."""
        return lexicons if isinstance(lexicons, Lexicons) else cls(lexicons)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __getitem__(self, language: str) -> Lexicon:
        return self._lexicons[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lexicons)

    def __len__(self) -> int:
        return len(self._lexicons)

    def spoken(self, language: str) -> Lexicon:
        """The language's lexicon; an empty one for a language without (digits still count)."""
        return self._lexicons.get(language) or Lexicon(language)

    @cached_property
    def stops(self) -> frozenset[str]:
        """The words of every language that end the messages and cannot be mistaken for another's short word."""
        return frozenset(
            form for lexicon in self.values() for form in lexicon.of(Sense.STOP) if _travels(form)
        )  # fmt: skip

    @cached_property
    def cry_starts(self) -> Mapping[str, frozenset[str]]:
        """First word → the languages with a cry that begins with it and travels."""
        found: dict[str, set[str]] = {}
        for code, lexicon in self.items():
            for word, seconds in lexicon.cries_by_word.items():
                if any(cry.travels for cries in seconds.values() for _, cry in cries):
                    found.setdefault(word, set()).add(code)
        return {word: frozenset(codes) for word, codes in found.items()}

    def language_behind(self, name: str) -> str | None:
        """The language whose name or code this is."""
        return self.names[name].language if name in self.names else name if name in self else None

    @cached_property
    def language_cutter(self) -> Cutter:
        """Cuts what is written without blanks into names of languages and the words that ask for one."""
        asking = (form for own in self.values() for sense in (Sense.SPEAK, Sense.POLITE) for form in own.of(sense))
        return Cutter((*self.names, *asking))
