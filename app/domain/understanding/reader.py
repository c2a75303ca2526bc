"""Reads a reply to a question, in the worker's language; says how and how surely, and never guesses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import regex
from rapidfuzz.distance import DamerauLevenshtein

from app.domain.survey import Kind, Question, Value
from app.domain.understanding.folding import fold, tokens
from app.domain.understanding.lexicon import Lexicon
from app.domain.understanding.model import UNCLEAR, Method, Outcome, Understanding
from app.domain.understanding.numerals import Numeral, has_range, parse_number, read_numeral

THRESHOLD = 0.75
"""Below this confidence a reading counts as unclear."""

_LABEL = regex.compile(r"^(?:(?:q|question)\.?|n[or]\.) ?\d+(?: ?[:)=] ?|[.-] | )(?=\S)")
_SHORT_EXACT = 3  # words up to this length must match exactly: "no" and "na" are one slip apart
_SHORT_FUZZY = 7  # up to this length one slip is forgiven, beyond it two
_LONG_SENTENCE = 5  # more words than this around an option's words, and they may be about something else
_AFTERTHOUGHT = 3  # "no idea about that" is "no idea"
_NINE = 9


@dataclass(frozen=True, slots=True)
class _Reply:
    folded: str
    words: tuple[str, ...]
    lexicon: Lexicon

    @property
    def core(self) -> tuple[str, ...]:
        """The words without politeness; all of them where nothing else is left."""
        return tuple(word for word in self.words if word not in self.lexicon.polite) or self.words


def understand(text: str, question: Question, lexicon: Lexicon) -> Understanding:
    """What `text` means as a reply to `question`.

    Args:
        text: the reply as it came.
        question: any kind but a note.
        lexicon: of the worker's language; no other language's words are tried.

    Returns:
        An `Understanding`; its value is a bool for yes-no, an option code for single, codes in order for many,
        a number for number and scale, the text itself for text. Under `THRESHOLD` the outcome is UNCLEAR.
    """
    folded = fold(text) if question.kind is Kind.TEXT else _LABEL.sub("", fold(text))
    reply = _Reply(folded, tokens(folded), lexicon)
    if question.kind is Kind.TEXT:
        reading = _set_aside(reply, afterthought=0) or _whole(text)
    else:
        # What an option says word for word comes first, then "no idea", which is neither a no nor an answer.
        reading = _offered(reply, question) or _set_aside(reply) or _read(reply, question) or UNCLEAR
    if reading.outcome is Outcome.ANSWER and reading.confidence < THRESHOLD:
        return replace(UNCLEAR, method=reading.method, confidence=reading.confidence, span=reading.span)
    return replace(reading, language=lexicon.language)


def _whole(text: str) -> Understanding:
    kept = text.strip()
    return Understanding(Outcome.ANSWER, kept, Method.WHOLE, 1.0, kept) if kept else UNCLEAR


def _offered(reply: _Reply, question: Question) -> Understanding | None:
    if question.kind not in {Kind.SINGLE, Kind.MANY}:
        return None
    exact = _exactly(reply, _choices(question, reply.lexicon.language))
    return _listing(exact) if exact is not None and question.kind is Kind.MANY else exact


def _read(reply: _Reply, question: Question) -> Understanding | None:
    if not reply.words or " ".join(reply.core) in reply.lexicon.acknowledge:
        return None  # "OK" says that the text arrived, and nothing else
    readers: Mapping[Kind, Callable[[_Reply, Question], Understanding | None]] = {
        Kind.SINGLE: _single,
        Kind.MANY: _many,
        Kind.YES_NO: _yes_no,
        Kind.NUMBER: _number,
        Kind.SCALE: _scale,
    }
    return readers[question.kind](reply, question)


def _set_aside(reply: _Reply, afterthought: int = _AFTERTHOUGHT) -> Understanding | None:
    """What is settled without an answer: "don't know", "I would rather not say" and "skip".

    A phrase of two words or more may be followed by an afterthought of a few.
    """
    core, lexicon = reply.core, reply.lexicon
    said = {" ".join(core), " ".join(reply.words)}
    said |= {" ".join(core[:size]) for size in range(max(2, len(core) - afterthought), len(core))}
    for outcome, known in ((Outcome.UNSURE, lexicon.unsure), (Outcome.REFUSED, lexicon.refuse | lexicon.skip)):
        if said & known:
            return Understanding(outcome, None, Method.WORD, 0.95, " ".join(core))
    return None


# -- one of several -------------------------------------------------------------------------------


def _choices(question: Question, language: str) -> dict[str, int]:
    """Folded option words → code: the words in the worker's language, then the stable values that are not among them."""
    texts = _unmistakable((option.text.get(language, ""), option.code) for option in question.options)
    values = _unmistakable((option.value, option.code) for option in question.options)
    return {form: code for form, code in (values | texts).items() if code is not None}


def _unmistakable(forms: Iterable[tuple[str, int]]) -> dict[str, int | None]:
    """Folded form → code; None where two options read the same, as `có` and `cỏ` do without their marks."""
    codes: dict[str, int | None] = {}
    for form, code in forms:
        key = " ".join(tokens(fold(form)))
        if key and parse_number(key) is None:
            codes[key] = code if codes.get(key, code) == code else None
    return codes


def _single(reply: _Reply, question: Question) -> Understanding | None:
    codes = {option.code for option in question.options}
    forms = _choices(question, reply.lexicon.language)
    if any(parse_number(word) is not None for word in reply.core):
        # "1 never" names two options: a number decides, or nothing does.
        return _by_code(reply, codes, forms)
    return _by_word(reply, forms) or _by_spelling(reply, codes) or _by_slip(reply, forms)


def _exactly(reply: _Reply, forms: Mapping[str, int]) -> Understanding | None:
    """The option whose whole text the reply is."""
    for words in (reply.words, reply.core):
        phrase = " ".join(words)
        if phrase in forms:
            return Understanding(Outcome.ANSWER, forms[phrase], Method.WORD, 0.98, phrase)
    return None


def _by_code(reply: _Reply, codes: Iterable[int], forms: Mapping[str, int]) -> Understanding | None:
    numerals = [(word, parse_number(word)) for word in reply.core]
    values = {value for _, value in numerals if value is not None}
    if len(values) != 1 or (value := values.pop()) not in set(codes):
        return None
    rest = [word for word, number in numerals if number is None]
    said = forms.get(" ".join(rest))
    named = _outermost(rest, forms)
    if set(named.values()) - {value} or _denied(_beside(rest, named), reply.lexicon):
        return None  # "1 no", "2 yes brother", "not 2": a word disagrees with the number
    # A number inside a sentence may be a count, an hour, a date: only a short reply is read as a code.
    confidence = 1.0 if not rest or said == value else 0.85 if len(rest) <= 2 else 0.5  # noqa: PLR2004
    return Understanding(Outcome.ANSWER, int(value), Method.DIGIT, confidence, f"{value:g}")


def _by_word(reply: _Reply, forms: Mapping[str, int]) -> Understanding | None:
    outer = _outermost(reply.words, forms)
    if len(set(outer.values())) == 1 and not _beside(reply.words, outer) & reply.lexicon.negations:
        form, code = next(iter(outer.items()))
        confidence = 0.85 if len(reply.words) - len(form.split()) <= _LONG_SENTENCE else 0.6
        return Understanding(Outcome.ANSWER, code, Method.WORD, confidence, form)
    return None


def _outermost(words: Sequence[str], forms: Mapping[str, int]) -> dict[str, int]:
    """The forms that stand among the words; the longest wins over those inside it: "not safe" over "safe"."""
    inside = {form: code for form, code in forms.items() if _contains(words, form.split())}
    return {
        form: code
        for form, code in inside.items()
        if not any(form != other and _contains(other.split(), form.split()) for other in inside)
    }


def _beside(words: Iterable[str], forms: Iterable[str]) -> set[str]:
    """The words that belong to none of the forms."""
    return set(words) - {word for form in forms for word in form.split()}


def _denied(words: set[str], lexicon: Lexicon) -> bool:
    return bool(words & (lexicon.negations | lexicon.excluding | lexicon.no))


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return any(list(words[at : at + size]) == list(part) for at in range(len(words) - size + 1))


def _by_spelling(reply: _Reply, codes: Iterable[int]) -> Understanding | None:
    value = reply.lexicon.numbers.get(" ".join(reply.core))
    if value is None or value not in set(codes):
        return None
    return Understanding(Outcome.ANSWER, value, Method.SPELLED, 0.95, " ".join(reply.core))


def _by_slip(reply: _Reply, forms: Mapping[str, int]) -> Understanding | None:
    return _nearest(" ".join(reply.core), [(form, code) for form, code in forms.items()], reply.lexicon)


def _nearest(phrase: str, forms: Sequence[tuple[str, Value]], lexicon: Lexicon) -> Understanding | None:
    """The only value within reach of a misspelling, or None where two are."""
    near: dict[Value, tuple[int, str]] = {}
    for form, value in forms:
        if min(len(form), len(phrase)) <= _SHORT_EXACT or _turned(phrase, form, lexicon):
            continue
        slips = DamerauLevenshtein.distance(phrase, form)
        if slips <= (1 if len(form) <= _SHORT_FUZZY else 2) and slips < near.get(value, (99, ""))[0]:
            near[value] = (slips, form)
    if len(near) != 1:
        return None
    value, (slips, form) = next(iter(near.items()))
    return Understanding(Outcome.ANSWER, value, Method.FUZZY, round(1 - 0.9 * slips / len(form), 2), phrase)


def _turned(phrase: str, form: str, lexicon: Lexicon) -> bool:
    """Whether what sets the phrase apart from the form may be a negation: "uncomfortable", "ever", "not" stuck to it.

    Thumbs seldom miss the first letter of a word; prefixes that turn its sense around change it.
    """
    added = phrase.removeprefix(form) if phrase.startswith(form) else ""
    strangers = {added.strip(), *phrase.split()} - set(form.split())
    return phrase[0] != form[0] or bool(strangers & (lexicon.negations | lexicon.no))


# -- yes and no -----------------------------------------------------------------------------------


def _yes_no(reply: _Reply, _question: Question) -> Understanding | None:
    lexicon = reply.lexicon
    forms: dict[str, Value] = {**dict.fromkeys(lexicon.yes, True), **dict.fromkeys(lexicon.no, False)}
    said = _said(reply, forms)
    if said is not None and said.value is True and "?" in reply.folded:
        return None  # "sure?" asks back
    code = _by_code(reply, (1, 2), {form: 1 if value else 2 for form, value in forms.items()})
    if code is not None:
        return replace(code, value=code.value == 1)
    if any(parse_number(word) is not None for word in reply.core):
        return None  # any other number answers another question
    return said or _by_spelled_choice(reply) or _nearest(" ".join(reply.core), list(forms.items()), lexicon)


def _said(reply: _Reply, forms: Mapping[str, Value]) -> Understanding | None:
    for words in (reply.words, reply.core):
        phrase = " ".join(words)
        if phrase in forms:
            return Understanding(Outcome.ANSWER, forms[phrase], Method.WORD, 0.98, phrase)
    values = {forms[word] for word in reply.core if word in forms}
    if len(values) != 1 or reply.core[0] not in forms:
        return None
    value = values.pop()
    extra = [word for word in reply.core if word not in forms]
    if value is True and any(word in reply.lexicon.negations for word in extra):
        return None
    confidence = 0.95 if not extra else 0.8 if len(reply.core[0]) > 1 else 0.6
    return Understanding(Outcome.ANSWER, value, Method.WORD, confidence, reply.core[0])


def _by_spelled_choice(reply: _Reply) -> Understanding | None:
    spelled = _by_spelling(reply, (1, 2))
    return replace(spelled, value=spelled.value == 1) if spelled else None


# -- numbers --------------------------------------------------------------------------------------


def _number(reply: _Reply, question: Question) -> Understanding | None:
    numeral = read_numeral(reply.folded, reply.words, reply.lexicon)
    if numeral is None or not _within(numeral.value, question):
        return None
    value = int(numeral.value) if numeral.value.is_integer() else numeral.value
    return Understanding(Outcome.ANSWER, value, numeral.method, _surely(numeral), str(value))


def _surely(numeral: Numeral) -> float:
    """How sure a number is: in a longer sentence it may count something else, unless its unit stands by it."""
    certain = {Method.DIGIT: 1.0, Method.SPELLED: 0.95, Method.RANGE: 0.85}[numeral.method]
    if numeral.strangers == 0:
        return certain
    if numeral.measured and numeral.strangers <= 4:  # noqa: PLR2004 - "I worked 60 hours last week"
        return 0.85
    # "no one" and "one moment" hold a number word and no number.
    return 0.8 if numeral.method is not Method.SPELLED and numeral.strangers <= 2 else 0.5  # noqa: PLR2004


def _scale(reply: _Reply, question: Question) -> Understanding | None:
    reading = _number(reply, question)
    # A step of a scale is whole: "5-6" or "4.5" is asked again, not rounded.
    return (
        reading
        if reading is not None and isinstance(reading.value, int) and reading.method is not Method.RANGE
        else None
    )


def _within(value: float, question: Question) -> bool:
    low = question.minimum if question.minimum is not None else float("-inf")
    high = question.maximum if question.maximum is not None else float("inf")
    return low <= value <= high


# -- several of several ---------------------------------------------------------------------------


def _many(reply: _Reply, question: Question) -> Understanding | None:
    codes = [option.code for option in question.options]
    lexicon = reply.lexicon
    phrase = " ".join(reply.core)
    if phrase in lexicon.all:
        return Understanding(Outcome.ANSWER, tuple(codes), Method.WORD, 0.95, phrase)
    if phrase in lexicon.none:
        return Understanding(Outcome.ANSWER, (), Method.WORD, 0.95, phrase)
    listed = _listed(reply, codes)
    if listed is None:
        one = _single(reply, question)
        return _listing(one) if one is not None else None
    excluded = any(word in lexicon.excluding for word in reply.core)
    chosen = tuple(code for code in codes if (code in listed) is not excluded)
    return Understanding(Outcome.ANSWER, chosen, Method.DIGIT, 0.85 if excluded else 1.0, phrase)


def _listing(one: Understanding) -> Understanding:
    return replace(one, value=(one.value,)) if isinstance(one.value, int) else one


def _listed(reply: _Reply, codes: Sequence[int]) -> set[int] | None:
    """The codes a reply lists, or None where anything in it is not a code, a conjunction or "not"."""
    chosen: set[int] = set()
    if has_range(reply.folded):
        return None  # "1 - 3" may be one to three, or one and three
    for word in reply.core:
        parts = _codes_in(word, codes)
        if parts is None:
            if word in reply.lexicon.conjunctions or word in reply.lexicon.excluding:
                continue
            return None
        chosen.update(parts)
    return chosen or None


def _codes_in(word: str, codes: Sequence[int]) -> list[int] | None:
    parts = [part for part in regex.split(r"[.,+]", word) if part]
    if not parts or not all(part.isdecimal() for part in parts):
        return None
    if all(int(part) in codes for part in parts):
        return [int(part) for part in parts]
    # "13" is one and three where no option is called 13 and every code is one digit.
    if max(codes) <= _NINE and all(int(digit) in codes for part in parts for digit in part):
        return [int(digit) for part in parts for digit in part]
    return None
