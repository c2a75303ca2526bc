"""One of several: by number, by words, by what they say."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from app.domain.understanding.asked import Asked
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.numerals import has_range, parse_number
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.reply import Reply

LONG_SENTENCE = 5  # more words than this around an option's words, and they may be about something else
BESIDE_A_CODE = 2  # more words than this beside a code, and it may be a count, an hour, a date
TOO_SHORT = 3  # a word up to this long stands for its option only when it is the whole reply
_LABELLED = 2  # words of "option B"
_LAST = -1  # as the tables number the places: "the last one"
# Asked for by every reading: looking members of an enumeration up takes long.
_ANSWER, _NUMBER, _ORDINAL = Outcome.ANSWER, Sense.NUMBER, Sense.ORDINAL
_ALPHABET = ("a", "b", "c", "d", "e")
LETTERS = frozenset(_ALPHABET)
"""What a form would call its options."""
_PARTICLES = frozenset({Sense.APPROX, Sense.FILLER, Sense.UNIT, Sense.POLITE})
_OF_ITS_OWN = (Sense.YES, Sense.NO, Sense.ECHO_YES, Sense.ECHO_NO, Sense.ACKNOWLEDGE, Sense.UNSURE, Sense.REFUSE)
_TURNING = (Sense.NEGATION, Sense.NO, Sense.EXCEPT, Sense.UNSURE, Sense.REFUSE, Sense.DEGREE, Sense.NUMBER)
_IDLE = (Sense.YES, Sense.ACKNOWLEDGE, Sense.POLITE, Sense.CORRECTION, Sense.APPROX, Sense.FILLER)


def exactly(reply: Reply, forms: Phrases[int]) -> Understanding | None:
    """The option whose whole text the reply is."""
    for phrase in reply.phrases:
        if phrase in forms:
            return answer(forms[phrase], Method.WORD, 0.98, phrase)
    return None


def meant(reply: Reply, asked: Asked) -> Understanding | None:
    """The one option that says what the reply says: "no idea" for "don't know", a yes for "Yes, always"."""
    if reply.hints.isdisjoint(asked.telling):
        return None
    for phrase in reply.phrases:
        senses = reply.lexicon.senses.get(phrase, frozenset())
        if Sense.NONE in senses and Sense.NONE not in asked.by_sense:
            senses |= {Sense.NO_PROBLEM}  # "none", of problems
        for sense in sorted(senses):
            if sense is Sense.NO and Sense.YES not in asked.by_sense and not _emphatic(phrase, reply.lexicon):
                continue  # where nothing says yes, a mere no is no "never"
            if sense in asked.by_sense:
                return answer(asked.by_sense[sense], Method.WORD, 0.9, phrase)
    return None


def _emphatic(phrase: str, lexicon: Lexicon) -> bool:
    """Whether a no says more than no: "never", "nobody", "not at all"; "not really" says less, and "not" no more."""
    often = lexicon.of(Sense.OFTEN).get(phrase)
    if often is not None or " " in phrase:
        return not often
    return lexicon.topics.get(phrase) == "nobody"


def by_code(reply: Reply, codes: Collection[int], forms: Phrases[int]) -> Understanding | None:
    """A number that is a code, unless a word beside it disagrees: "1 no", "2 yes brother", "not 2"."""
    if not reply.numbered and reply.glued not in forms:
        return None
    numerals = [(word, parse_number(word)) for word in reply.core]
    values = {value for _, value in numerals if value is not None}
    if len(values) != 1 or (value := values.pop()) not in codes or has_range(reply.folded):
        return None
    rest = [
        word for word, number in numerals if number is None and (word in forms.words or not idle(word, reply.lexicon))
    ]
    if not rest:
        return answer(int(value), Method.DIGIT, 1.0, f"{value:g}")
    said = forms.get(" ".join(rest))
    named = forms.within(rest)
    if set(named.values()) - {value} or denied(beside(rest, named), reply.lexicon):
        return None
    if any(reply.lexicon.says(word, Sense.UNIT, Sense.RATE) and word not in forms.words for word in rest):
        return None  # "4 months" counts months and is no fourth option
    confidence = 1.0 if said == value else 0.85 if len(rest) <= BESIDE_A_CODE else 0.5
    return answer(int(value), Method.DIGIT, confidence, f"{value:g}")


def idle(word: str, lexicon: Lexicon) -> bool:
    """A word that says nothing beside a number: "yes, 3", "3 ok"."""
    return lexicon.says(word, *_IDLE) and not lexicon.says(word, Sense.NEGATION, Sense.NO, Sense.EXCEPT)


def by_spelling(reply: Reply, codes: Collection[int], forms: Phrases[int]) -> Understanding | None:
    """A spelled number that is a code, and no part of an option: Kinyarwanda "rimwe" is one, and half of "sometimes"."""
    if _NUMBER not in reply.hints:
        return None
    numbers = reply.lexicon.of(Sense.NUMBER)
    for phrase in reply.phrases:
        if numbers.get(phrase) in codes and (phrase in forms or phrase not in forms.words):
            return answer(int(numbers[phrase]), Method.SPELLED, 0.95, phrase)
    return None


def by_article(reply: Reply, codes: Collection[int], forms: Phrases[int]) -> Understanding | None:
    """The first option, of an article that is the whole reply: French "une"."""
    alone = reply.words[0] if len(reply.words) == 1 else ""
    named = 1 in codes and alone in reply.lexicon.of(Sense.ARTICLE) and alone not in forms.words
    return answer(1, Method.SPELLED, 0.85, alone) if named else None


def by_place(reply: Reply, asked: Asked) -> Understanding | None:
    """An option by its place: "the second one", or the letter that a form would give it: "B"."""
    for phrase in (*reply.phrases, _bare(reply)) if _ORDINAL in reply.hints else ():
        place = reply.lexicon.of(Sense.ORDINAL).get(phrase)
        place = asked.last if place == _LAST else place
        if place in asked.codes:
            return answer(int(place), Method.SPELLED, 0.9, phrase)
    if len(reply.words) > _LABELLED or LETTERS.isdisjoint(reply.words):
        return None
    letters = [word for word in reply.words if not reply.lexicon.says(word, Sense.FILLER)]  # "option B"
    place = by_letter(letters[0], asked) if len(letters) == 1 else None
    return answer(place, Method.SPELLED, 0.8, letters[0]) if place is not None else None


def _bare(reply: Reply) -> str:
    """The words of a reply that say something of their own: "only the first"."""
    return " ".join(word for word in reply.core if not reply.lexicon.says(word, Sense.FILLER, Sense.APPROX))


def by_letter(letter: str, asked: Asked) -> int | None:
    """The option that a form would give this letter, unless the letter says or begins something else."""
    if letter not in LETTERS or asked.lexicon.senses.get(letter, frozenset()) - _PARTICLES:
        return None
    place = _ALPHABET.index(letter) + 1
    named = {code for form, code in asked.exact.items() if form.startswith(letter)}  # "a" may be "always" as well
    return place if place in asked.codes and named <= {place} else None


def answer(value: int, method: Method, confidence: float, span: str) -> Understanding:
    """An option, how it was found and how surely."""
    return Understanding(_ANSWER, value, method, confidence, span)


def by_word(reply: Reply, asked: Asked) -> Understanding | None:
    """The one option whose words stand in the reply."""
    outer = asked.exact.within(reply.words)
    if not outer:
        return None
    others = beside(reply.words, outer)
    parts = [part for part, _ in reply.lexicon.every.cut(others)]
    # "very safe" is no "safe": who stresses it may mean another option.
    if len(set(outer.values())) != 1 or any(_takes_out(part, reply.lexicon) for part in (*others, *parts)):
        return None
    form, code = next(iter(outer.items()))
    whole = " ".join(reply.core)
    listed = any(reply.lexicon.says(word, Sense.AND, Sense.OR) for word in others) and len(others) > 1
    stressed = any(reply.lexicon.says(word, Sense.DEGREE) for word in others)
    # "The supervisor and the union": half of the list is known, and one was asked for. French "bien sûr" is a yes.
    if listed or (stressed and reply.lexicon.says(whole, Sense.YES)):
        return None
    degrees = reply.lexicon.of(Sense.DEGREE)
    degree = degrees.get(whole)
    if degree is not None and degrees.get(form, degree) != degree:
        return None
    unknown = strange(reply.words, form.split(), reply.lexicon)
    if unknown and (asked.often or graded(form, code, asked)):
        return None  # an unknown word beside "safe" may be "very"; "he always shouts" is about something else
    telling = [word for word in others if not reply.lexicon.says(word, Sense.FILLER, Sense.POLITE)]
    confidence = 0.85 if len(telling) <= LONG_SENTENCE else 0.6
    return answer(code, Method.WORD, confidence, form)


def graded(form: str, code: int, asked: Asked) -> bool:
    """Whether the form also stands inside another option: "safe" in "very safe", "unsafe"."""
    signs = form.replace(" ", "")
    return any(other != code and signs in longer.replace(" ", "") for longer, other in asked.exact.items())


def strange(words: Iterable[str], known: Collection[str], lexicon: Lexicon) -> list[str]:
    """The words that neither belong to what was found nor say something harmless."""
    return [word for word in words if word not in known and not idle(word, lexicon)]


def by_initial(reply: Reply, asked: Asked) -> Understanding | None:
    """The option that begins with the one letter of the reply."""
    letter = " ".join(reply.core)
    return answer(asked.initials[letter], Method.WORD, 0.8, letter) if letter in asked.initials else None


def by_degree(reply: Reply, asked: Asked) -> Understanding | None:
    """The option that is as good or as bad as the reply says, in other words or with a face."""
    if Sense.DEGREE not in reply.hints or not asked.degrees:
        return None
    degrees = reply.lexicon.of(Sense.DEGREE)
    phrase = " ".join(reply.core)
    if phrase not in degrees:
        phrase = _alone(reply, degrees)
    degree = degrees.get(phrase)
    if degree is None:
        return None
    alike = [code for other, code in asked.degrees.items() if other * degree > 0]
    # "Very good" is "good" only where every option is known to say no more.
    known = len(asked.degrees) == len(asked.question.options)
    code = asked.degrees.get(degree) or (alike[0] if known and len(alike) == 1 else None)
    return answer(code, Method.WORD, 0.85, phrase) if code is not None else None


def _takes_out(part: str, lexicon: Lexicon) -> bool:
    """Whether a part says "not", or "all but"; "more or less" and "but" say other things too."""
    excepts = lexicon.says(part, Sense.EXCEPT) and not lexicon.says(part, Sense.BUT)
    return excepts or lexicon.says(part, Sense.NEGATION)


def _alone(reply: Reply, forms: Mapping[str, float]) -> str:
    """The one form that stands in a reply among words that say nothing: "it is very bad"; "" where another says more."""
    parts = [part for part, _ in reply.lexicon.every.cut(reply.core)]
    said = [part for part in parts if part in forms]
    if len(said) != 1:
        return ""
    lexicon, light = reply.lexicon, (Sense.FILLER, Sense.YES) if forms[said[0]] > 0 else (Sense.FILLER,)
    others = [part for part in parts if part not in forms]
    return said[0] if all(lexicon.says(part, *light) and not lexicon.says(part, *_TURNING) for part in others) else ""


def by_often(reply: Reply, asked: Asked) -> Understanding | None:
    """The option that happens as often as the reply says: "most of the time" for "mostly"."""
    if Sense.OFTEN not in reply.hints:
        return None
    if not asked.often:
        whole = " ".join(reply.core)
        code = asked.often_alone.get(reply.lexicon.of(Sense.OFTEN).get(whole, -1))
        return answer(code, Method.WORD, 0.9, whole) if code is not None else None
    parts = reply.lexicon.phrases(Sense.OFTEN).cut(reply.core)
    said = {asked.often.get(reply.lexicon.of(Sense.OFTEN)[part]) for part, known in parts if known}
    others = [part for part, _ in reply.lexicon.every.cut([part for part, known in parts if not known])]
    code = said.pop() if len(said) == 1 else None
    never = asked.often.get(0) == code
    quiet = [_light(part, reply.lexicon) or (never and _goes_with_never(part, reply.lexicon)) for part in others]
    if code is None or not all(told or _asked_about(part, asked) for part, told in zip(others, quiet, strict=True)):
        return None
    return answer(code, Method.WORD, 0.9 if len(parts) == 1 else 0.8, " ".join(reply.core))


def _asked_about(part: str, asked: Asked) -> bool:
    """Whether a part is of the question; a verb that answers questions of one kind is of no other: "always shouts"."""
    return asked.speaks_of(part) and not (asked.echoes.pointed(part) and asked.echoes.get(part) is None)


def says_how_often(reply: Reply, asked: Asked) -> bool:
    """Whether a whole reply says how often, be it on offer or not: "almost never" is no "never"."""
    return bool(asked.often) and " ".join(reply.core) in reply.lexicon.of(Sense.OFTEN)


def _goes_with_never(word: str, lexicon: Lexicon) -> bool:
    """Whether a negation only goes along with a "never": French "ne", which denies nothing alone, Tamil "tharala"."""
    if lexicon.says(word, Sense.ECHO_NO):
        return not any(part in lexicon.topics for part in (word, *word.split(" ")))  # "never late" is of being late
    return lexicon.says(word, Sense.NEGATION) and not lexicon.says(word, Sense.NO, Sense.EXCEPT)


def _light(word: str, lexicon: Lexicon) -> bool:
    """Whether a word says nothing beside how often: an idle one, or a particle of a few letters."""
    particle = len(word) <= TOO_SHORT and word.isalpha() and word.isascii()
    return idle(word, lexicon) or (particle and not lexicon.says(word, *_TURNING))


def by_distinct(reply: Reply, asked: Asked) -> Understanding | None:
    """A word that stands in one option alone: "supervisor" for "Tell my supervisor"."""
    alone = len(reply.core) == 1
    if alone and reply.core[0] in asked.distinct and not reply.lexicon.says(reply.core[0], *_OF_ITS_OWN):
        return answer(asked.distinct[reply.core[0]], Method.WORD, 0.85, reply.core[0])
    named = {word: asked.distinct[word] for word in reply.core if word in asked.distinct}
    if len(set(named.values())) != 1 or len(reply.core) - len(named) > LONG_SENTENCE:
        return None
    if denied(reply.core, reply.lexicon):
        return None
    word, code = max(named.items(), key=lambda item: len(item[0]))
    if len(word) <= TOO_SHORT:
        return None
    if (asked.often or graded(word, code, asked)) and strange(reply.core, named, reply.lexicon):
        return None
    return answer(code, Method.WORD, 0.8, word)


def beside(words: Iterable[str], forms: Iterable[str]) -> list[str]:
    """The words that belong to none of the forms, in order."""
    named = {word for form in forms for word in form.split()}
    return [word for word in words if word not in named]


def denied(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a word or a phrase turns the reply around, or a word takes something out of it."""
    if any(lexicon.says(word, Sense.NEGATION, Sense.EXCEPT, Sense.NO) for word in words):
        return True
    negations = lexicon.phrases(Sense.NEGATION)
    return negations.begin(words) and any(known for _, known in negations.cut(words))


def listing(one: Understanding | None) -> Understanding | None:
    """A single choice as a list of one."""
    return one._replace(value=(one.value,)) if one is not None and isinstance(one.value, int) else None
