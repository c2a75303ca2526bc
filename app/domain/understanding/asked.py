"""What a question offers, folded once per language: the forms its options may be named by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from app.domain.survey import Kind, Question
from app.domain.understanding.cutting import Cutter, is_unspaced
from app.domain.understanding.echoes import HAPPENINGS, Echoes
from app.domain.understanding.folding import fold, one_form, tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import UNCLEAR, Understanding
from app.domain.understanding.numerals import MONEY, parse_number
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.reply import strip
from app.domain.understanding.slips import Targets, targets
from app.domain.understanding.sounds import keys_of, sounds_of

_APART = regex.compile(r"\s*[/|]\s*|\s+[-–—]\s+|[()]|(?<!\d)[,;:]\s*")
_LABELLED = regex.compile(r"(?<!\d)([12]) ?[=:] ?([^=:,;.?/|()\d]+)")
_TIMES, _ANYTHING = 9, 10
_SPANS = frozenset(range(1, 7))  # minute to year
_DAY = 3
_LONG_SPANS = frozenset({4, 5, 6})  # week, month, year
_TELLING_LETTERS = 4  # of a word that the question says too, in whatever form
_ENDS = "\u0bcd\u0dca"  # Tamil and Sinhala signs that end a syllable; what is glued on takes their place
_KNOWN_AT_MOST = 4096
_OF_DAYS = {3.5: 4, 1.5: 2}  # as the tables say how often: nearly every day and always, several days and sometimes
_TELLING = frozenset({Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ALL, Sense.NONE})
_MANY_TELLING = _TELLING - {Sense.ALL, Sense.NONE}
_SINGLE_TELLING = _TELLING | {Sense.NO_PROBLEM}


@dataclass(frozen=True, eq=False)
class Asked:
    """A question's options as a worker of one language may name them; one made for each pair and compared as such."""

    question: Question
    lexicon: Lexicon

    @cached_property
    def codes(self) -> frozenset[int]:
        """The numbers a worker may reply with."""
        return frozenset(option.code for option in self.question.options)

    @cached_property
    def last(self) -> int:
        """The number of the last option."""
        return max(self.codes, default=0)

    @cached_property
    def unclear(self) -> Understanding:
        """What a reply is taken for that means nothing here."""
        return UNCLEAR.in_language(self.lexicon.language)

    @cached_property
    def asked_words(self) -> str:
        """The question itself, folded, in the worker's language."""
        return one_form(self.question.text.get(self.lexicon.language, ""))

    @cached_property
    def _said(self) -> frozenset[str]:
        """The words of the question, and what follows an elision: French "d'enfants"."""
        return frozenset((*self.asked_words.split(), *self.asked_words.replace("'", " ").split()))

    @cached_property
    def _sounding(self) -> frozenset[str]:
        """What the longer words of the question sound like, where they are in another script than Latin."""
        words = [word for word in self.asked_words.split() if not word.isascii() and len(word) >= _TELLING_LETTERS]
        return frozenset(key for word in words for key in keys_of(word))

    def speaks_of(self, part: str) -> bool:
        """Whether a word of a reply only gives back what the question says: "always treat us with respect"."""
        lexicon = self.lexicon
        if lexicon.says(part, Sense.NEGATION, Sense.NO, Sense.EXCEPT, Sense.UNSURE):
            return False
        subject = lexicon.of(Sense.ECHO_YES).get(part)
        if subject is not None and (subject not in HAPPENINGS or subject in self.echoes.subjects):
            return True
        if lexicon.of(Sense.DEGREE).get(part, 0) > 0:
            return True
        if is_unspaced(part):
            return part in self.asked_words
        stem = part.rpartition("'")[2][:_TELLING_LETTERS]
        if len(stem) == _TELLING_LETTERS and any(word.startswith(stem) for word in self._said):
            return True
        return part.isascii() and not self._sounding.isdisjoint(keys_of(part))

    @cached_property
    def asks_of_languages(self) -> bool:
        """Whether the question is about languages, countries or peoples, so that the name of one answers it."""
        told = self.lexicon.of(Sense.SPEAKS_OF)
        return any(
            form in self.asked_words if is_unspaced(form) else any(word.startswith(form) for word in self._said)
            for form in told
        )

    @cached_property
    def themes(self) -> frozenset[str]:
        """The topics that the question itself speaks of."""
        return frozenset(
            self.lexicon.topics[part] for part, told in self.lexicon.cut_by_topics(self.asked_words.split()) if told
        )

    @cached_property
    def measures(self) -> frozenset[float]:
        """The classes of the units that the question speaks of."""
        words = self.lexicon.segment(self.asked_words.split())
        return frozenset(
            kind
            for sense in (Sense.UNIT, Sense.RATE)
            for part, known in self.lexicon.phrases(sense).cut(words)
            if known and (kind := self.lexicon.of(sense)[part])
        )

    @cached_property
    def measure(self) -> float:
        """The class it asks for a number of; 0 where it does not tell: hours, of "how many hours last week"."""
        counted = [kind for kind in (MONEY, _TIMES) if kind in self.measures]
        if counted or self.measures <= _SPANS:
            return counted[0] if counted else min(self.measures, default=0)
        return min(self.measures) if len(self.measures) == 1 else 0

    @cached_property
    def counts_none(self) -> bool:
        """Whether "none" is its nought: of hours and days; "nothing" of pay may be a refusal as well."""
        return (self.question.minimum or 0) <= 0 and 0 < self.measure <= _DAY

    def counts(self, unit: float) -> bool:
        """Whether a number with a unit of this class may answer the question: "6 days" is no answer about hours."""
        if unit in {0, self.measure} or not self.measure:
            return True
        # "How much were you paid last month" names a span alone: money may answer it, days may not.
        return self.measure in _LONG_SPANS and unit in {MONEY, _ANYTHING}

    @cached_property
    def exact(self) -> Phrases[int]:
        """Folded option texts → code: in the worker's language, then parts of them, then the stable values."""
        texts = [(option.text.get(self.lexicon.language, ""), option.code) for option in self.question.options]
        parts = [(part, code) for text, code in texts for part in _APART.split(fold(text)) if part]
        values = [(option.value.replace("_", " ").replace("-", " "), option.code) for option in self.question.options]
        raw = [(option.value, option.code) for option in self.question.options]
        tables = [self._unmistakable(forms) for forms in (raw, values, parts, texts)]
        merged = {form: code for table in tables for form, code in table.items()}
        return Phrases({form: code for form, code in merged.items() if code is not None})

    @cached_property
    def signs(self) -> Mapping[str, int]:
        """The option texts in scripts without blanks, each as one run of signs → code."""
        return {form.replace(" ", ""): code for form, code in self.exact.items() if is_unspaced(form)}

    @cached_property
    def cutter(self) -> Cutter:
        """Cuts what is written without blanks into forms of the language, of the options and of what they are about."""
        return Cutter((*self.exact, *self.topic_words), self.lexicon.cutter)

    def _unmistakable(self, forms: Iterable[tuple[str, int]]) -> dict[str, int | None]:
        """Folded form → code; None where two options read the same, as `có` and `cỏ` do without their marks."""
        codes: dict[str, int | None] = {}
        for form, code in forms:
            key = one_form(form)
            if key and parse_number(key) is None:
                codes[key] = code if codes.get(key, code) == code else None
        return codes

    @cached_property
    def _option_words(self) -> Mapping[int, tuple[str, ...]]:
        """Option → its words in the worker's language."""
        language = self.lexicon.language
        return {option.code: tokens(fold(option.text.get(language, ""))) for option in self.question.options}

    @cached_property
    def _cores(self) -> Mapping[int, tuple[str, ...]]:
        """Option → its words in the worker's language, without politeness."""
        words = {code: self.lexicon.segment(said) for code, said in self._option_words.items()}
        return {code: strip(said, self.lexicon) for code, said in words.items() if said}

    @cached_property
    def by_sense(self) -> Mapping[Sense, int]:
        """What an option says by a word of the lexicon → its code, where one option alone says it."""
        telling = _MANY_TELLING if self.question.kind is Kind.MANY else _SINGLE_TELLING
        said: dict[Sense, set[int]] = {}
        for code, words in self._cores.items():
            whole = self.lexicon.senses.get(" ".join(words), frozenset())
            first = self.lexicon.senses.get(words[0], frozenset()) & {Sense.YES, Sense.NO, Sense.NONE}
            for sense in (whole or first) & telling:
                said.setdefault(sense, set()).add(code)
        return {sense: codes.pop() for sense, codes in said.items() if len(codes) == 1}

    @cached_property
    def telling(self) -> frozenset[Sense]:
        """What a word of the lexicon may say to name an option; a "none" is no problem as well."""
        senses = self.by_sense.keys()
        return frozenset({*senses, Sense.NONE} if Sense.NO_PROBLEM in senses else senses)

    @cached_property
    def initials(self) -> Mapping[str, int]:
        """First letter → code, where the options all begin differently and the letter means nothing else."""
        letters = {code: words[0][0] for code, words in self._cores.items() if words[0][0].isalpha()}
        apart = len(letters) == len(self.question.options) == len(set(letters.values()))
        if not apart or not all(letter.isascii() for letter in letters.values()):
            return {}
        return {letter: code for code, letter in letters.items() if letter not in self.lexicon.senses}

    @cached_property
    def distinct(self) -> Mapping[str, int]:
        """Words that stand in one option alone and turn nothing round → its code."""
        seen: dict[str, set[int]] = {}
        for code, words in self._cores.items():
            denied = any(self.lexicon.says(word, Sense.NEGATION, Sense.NO) for word in words)
            for word in words:
                # Of "not yet paid" the word "paid" alone says the opposite: it stands for no option then.
                seen.setdefault(word, set()).update({code, -1} if denied and len(words) > 1 else {code})
        dull = {Sense.NEGATION, Sense.POLITE, Sense.AND, Sense.OR, Sense.UNIT, Sense.EXCEPT, Sense.APPROX, Sense.TO}
        return {
            word: codes.pop()
            for word, codes in seen.items()
            if len(codes) == 1 and len(word) > 1 and not self.lexicon.senses.get(word, frozenset()) & dull
        }

    @cached_property
    def degrees(self) -> Mapping[float, int]:
        """How good or bad (-2 to 2) → the code of the one option that says so; empty unless two options do."""
        return self._graded(Sense.DEGREE)

    @cached_property
    def often(self) -> Mapping[float, int]:
        """How often (0 to 4) → the code of the one option that says so; empty unless two options do."""
        graded = self._graded(Sense.OFTEN)
        near = {grade: graded[days] for days, grade in _OF_DAYS.items() if days in graded}
        return {**near, **graded} if near else graded  # "every day", of nearly every day

    @cached_property
    def often_alone(self) -> Mapping[float, int]:
        """How often → the code of the option that says no more than that, be it the only one: "never" among reasons."""
        return self._graded(Sense.OFTEN, fewest=1)

    def _graded(self, sense: Sense, fewest: int = 2) -> Mapping[float, int]:
        table = self.lexicon.of(sense)
        said: dict[float, set[int]] = {}
        for code, words in self._cores.items():
            grade = table.get(" ".join(words))
            if grade is not None:
                said.setdefault(grade, set()).add(code)
        single = {grade: codes.pop() for grade, codes in said.items() if len(codes) == 1}
        return single if len(single) >= fewest else {}

    @cached_property
    def topics(self) -> Mapping[int, frozenset[frozenset[str]]]:
        """What each option is about, where it alone is; "committee or union" is about either.

        What only grades is about nothing: Urdu "zyada tar", mostly, is not about much.
        """
        found: dict[int, frozenset[frozenset[str]]] = {}
        graded = {*self.often.values(), *self.degrees.values()}
        for code, words in self._option_words.items() if self.lexicon.topics else ():
            if code not in graded:
                found[code] = frozenset(filter(None, self._alternatives(words)))
        told = Counter(topics for ways in found.values() for topics in ways)
        alone = {code: frozenset(way for way in ways if told[way] == 1) for code, ways in found.items()}
        return {code: ways for code, ways in alone.items() if ways}

    def _alternatives(self, words: Sequence[str]) -> list[frozenset[str]]:
        """The topics of an option's words; of each side of an "or", where each has some."""
        sides: list[set[str]] = [set()]
        for part, named in self.lexicon.cut_by_topics(words):
            if named:
                sides[-1].add(self.lexicon.topics[part])
            elif self.lexicon.says(part, Sense.OR):
                sides.append(set())
        return [frozenset(side) for side in sides] if all(sides) else [frozenset[str]().union(*sides)]

    @cached_property
    def topic_words(self) -> Mapping[str, str]:
        """The words of the topics that options are about, each with its topic."""
        told = {topic for ways in self.topics.values() for topics in ways for topic in topics}
        return {form: topic for form, topic in self.lexicon.topics.items() if topic in told}

    @cached_property
    def near(self) -> "Near":
        """What a misspelt word may be, of all that names an answer."""
        return Near(self)

    @cached_property
    def bare(self) -> Mapping[str, str]:
        """The words that name options, also without the sign that ends their last syllable → the word."""
        words = {*self.exact.words, *self.distinct, *self.topic_words}
        return {form: word for word in sorted(words) for form in (word.rstrip(_ENDS), word) if len(form) > 1}

    @cached_property
    def stems(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Words and whole texts of the options, without the Arabic article, by whose beginning one may be named.

        They are found by their first letters; those of scripts without blanks, by whose inside one may be named, by "".
        """
        forms = {**self.distinct, **{form: code for form, code in self.exact.items() if " " not in form}}
        bare = {form.removeprefix("ال"): code for form, code in forms.items() if form.startswith("ال")}
        found: dict[str, list[tuple[str, int]]] = {}
        for form, code in {**forms, **bare}.items():
            found.setdefault("" if is_unspaced(form) else form[:1], []).append((form, code))
        return found

    @cached_property
    def sounds(self) -> Mapping[str, int]:
        """Skeletons of the options' words → code, for replies in Latin letters."""
        return sounds_of({**self.distinct, **self.exact})

    @cached_property
    def polar(self) -> Mapping[str, bool]:
        """What says yes or no to this question: the language's words and the question's own."""
        return {**self.lexicon.polar, **self.says} if self.says else self.lexicon.polar

    @cached_property
    def coded(self) -> Phrases[int]:
        """The same as codes: 1 for yes, 2 for no."""
        forms = (form for sense in (Sense.ECHO_YES, Sense.ECHO_NO) for form in self.lexicon.of(sense))
        echoed = {form: said for form in forms if (said := self.echoes.get(form)) is not None}
        said = {**echoed, **self.polar} if self.question.text else self.polar
        return Phrases({form: 1 if value else 2 for form, value in said.items()})

    @cached_property
    def echoes(self) -> Echoes:
        """The phrases given back instead of yes and no that count here; for what was asked, never for consent."""
        text = _LABELLED.sub(" ", fold(self.question.text.get(self.lexicon.language, "")))
        return Echoes(self.lexicon, self.lexicon.segment(tokens(text)))

    @cached_property
    def says(self) -> Mapping[str, bool]:
        """What a yes/no question itself offers in words: "1 = paid, 2 = not paid" → {"paid": True, "not paid": False}."""
        text = fold(self.question.text.get(self.lexicon.language, ""))
        found = {" ".join(tokens(words)): code == "1" for code, words in _LABELLED.findall(text)}
        return {form: yes for form, yes in found.items() if form and parse_number(form) is None}


@dataclass(frozen=True, eq=False)
class Near:
    """The forms by which a question's answers may be named, as a misspelling is compared with them."""

    asked: Asked

    @cached_property
    def exact(self) -> Targets[int]:
        """Of the options' texts."""
        return targets(self.asked.exact)

    @cached_property
    def distinct(self) -> Targets[int]:
        """Of the words that stand in one option alone."""
        return targets(self.asked.distinct)

    @cached_property
    def polar(self) -> Targets[bool]:
        """Of yes and no."""
        return targets(self.asked.polar)

    @cached_property
    def topics(self) -> Targets[str]:
        """Of the topics that options are about."""
        return targets(self.asked.topic_words)


_known: dict[tuple[int, int], Asked] = {}


def asked(question: Question, lexicon: Lexicon) -> Asked:
    """The question as a worker of the lexicon's language reads it; made once and kept while there is room."""
    key = (id(question), id(lexicon))
    found = _known.get(key)
    # The entry holds both, so neither id can have passed to another object meanwhile.
    if found is None:
        if len(_known) >= _KNOWN_AT_MOST:
            _known.clear()
        found = _known[key] = Asked(question, lexicon)
    return found
