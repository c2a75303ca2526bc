"""What a question offers, folded once per language: the forms its options may be named by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import regex

from app.domain.survey import Kind, Question
from app.domain.understanding.folding import fold, one_form, tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.numerals import parse_number
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.reply import strip
from app.domain.understanding.sounds import sounds_of

_APART = regex.compile(r"\s*[/|]\s*|\s+[-–—]\s+|[()]|(?<!\d)[,;:]\s*")
_LABELLED = regex.compile(r"(?<!\d)([12]) ?[=:] ?([^=:,;.?/|()\d]+)")
_KNOWN_AT_MOST = 4096
_TELLING = frozenset({Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ALL, Sense.NONE})
_MANY_TELLING = _TELLING - {Sense.ALL, Sense.NONE}


@dataclass(frozen=True)
class Asked:
    """A question's options as a worker of one language may name them."""

    question: Question
    lexicon: Lexicon

    @cached_property
    def codes(self) -> frozenset[int]:
        """The numbers a worker may reply with."""
        return frozenset(option.code for option in self.question.options)

    @cached_property
    def asked_words(self) -> str:
        """The question itself, folded, in the worker's language."""
        return one_form(self.question.text.get(self.lexicon.language, ""))

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

    def _unmistakable(self, forms: Iterable[tuple[str, int]]) -> dict[str, int | None]:
        """Folded form → code; None where two options read the same, as `có` and `cỏ` do without their marks."""
        codes: dict[str, int | None] = {}
        for form, code in forms:
            key = one_form(form)
            if key and parse_number(key) is None:
                codes[key] = code if codes.get(key, code) == code else None
        return codes

    @cached_property
    def _cores(self) -> Mapping[int, tuple[str, ...]]:
        """Option → its words in the worker's language, without politeness."""
        words = {
            option.code: self.lexicon.segment(tokens(fold(option.text.get(self.lexicon.language, ""))))
            for option in self.question.options
        }
        return {code: strip(said, self.lexicon) for code, said in words.items() if said}

    @cached_property
    def by_sense(self) -> Mapping[Sense, int]:
        """What an option says by a word of the lexicon → its code, where one option alone says it."""
        telling = _MANY_TELLING if self.question.kind is Kind.MANY else _TELLING
        said: dict[Sense, set[int]] = {}
        for code, words in self._cores.items():
            whole = self.lexicon.senses.get(" ".join(words), frozenset())
            first = self.lexicon.senses.get(words[0], frozenset()) & {Sense.YES, Sense.NO, Sense.NONE}
            for sense in (whole or first) & telling:
                said.setdefault(sense, set()).add(code)
        return {sense: codes.pop() for sense, codes in said.items() if len(codes) == 1}

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
        return self._graded(Sense.OFTEN)

    def _graded(self, sense: Sense) -> Mapping[float, int]:
        table = self.lexicon.of(sense)
        said: dict[float, set[int]] = {}
        for code, words in self._cores.items():
            grade = table.get(" ".join(words))
            if grade is not None:
                said.setdefault(grade, set()).add(code)
        single = {grade: codes.pop() for grade, codes in said.items() if len(codes) == 1}
        return single if len(single) > 1 else {}

    @cached_property
    def stems(self) -> Mapping[str, int]:
        """Words and whole texts of the options, without the Arabic article, by whose beginning one may be named."""
        forms = {**self.distinct, **{form: code for form, code in self.exact.items() if " " not in form}}
        return {**forms, **{form.removeprefix("ال"): code for form, code in forms.items() if form.startswith("ال")}}

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
        said = {**self.lexicon.echoes, **self.polar} if self.question.text else self.polar
        return Phrases({form: 1 if value else 2 for form, value in said.items()})

    @cached_property
    def says(self) -> Mapping[str, bool]:
        """What a yes/no question itself offers in words: "1 = paid, 2 = not paid" → {"paid": True, "not paid": False}."""
        text = fold(self.question.text.get(self.lexicon.language, ""))
        found = {" ".join(tokens(words)): code == "1" for code, words in _LABELLED.findall(text)}
        return {form: yes for form, yes in found.items() if form and parse_number(form) is None}


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
