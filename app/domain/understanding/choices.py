"""One of several, and several of several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import regex

from app.domain.understanding.asked import Asked
from app.domain.understanding.lexicon import Lexicon, Sense, is_han, is_unspaced
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.numerals import has_range, parse_number
from app.domain.understanding.reply import Reply, cut
from app.domain.understanding.slips import nearest
from app.domain.understanding.sounds import keys_of, sounds_like

_LONG_SENTENCE = 5  # more words than this around an option's words, and they may be about something else
_BESIDE_A_CODE = 2  # more words than this beside a code, and it may be a count, an hour, a date
_SURE_SLIP = 0.8
_STEM = 4  # letters that a form of a word shares with it
_HAN_STEM = 2  # where a sign is a word
_MOST_OF_IT = 0.6
_ENDING = 3
_NINE = 9
_TOO_SHORT = 3  # a word up to this long stands for its option only when it is the whole reply
_LIST = regex.compile(r"[,;/&+،、]")
_SPLIT = regex.compile(r"[.,+]")
_IDLE = frozenset({Sense.YES, Sense.ACKNOWLEDGE, Sense.POLITE, Sense.CORRECTION, Sense.APPROX})
_BROAD = frozenset({Sense.POLITE, Sense.AND, Sense.UNIT, Sense.OF, Sense.APPROX})
_JOINING = frozenset({Sense.AND, Sense.OR})


def exactly(reply: Reply, forms: Mapping[str, int]) -> Understanding | None:
    """The option whose whole text the reply is."""
    for phrase in reply.phrases():
        if phrase in forms:
            return _answer(forms[phrase], Method.WORD, 0.98, phrase)
    return None


def meant(reply: Reply, asked: Asked) -> Understanding | None:
    """The one option that says what the reply says: "no idea" for "don't know", a yes for "Yes, always"."""
    for phrase in reply.phrases():
        for sense in reply.lexicon.senses.get(phrase, frozenset()):
            if sense in asked.by_sense:
                return _answer(asked.by_sense[sense], Method.WORD, 0.9, phrase)
    return None


def read_single(reply: Reply, asked: Asked) -> Understanding | None:
    """One option: by number, by its words, by its initial, by a spelled number, or with a slip."""
    if any(parse_number(word) is not None for word in reply.core):
        # "1 never" names two options: a number decides, or nothing does.
        return by_code(reply, asked.codes, asked.exact)
    return (
        _by_word(reply, asked)
        or by_spelling(reply, asked.codes)
        or _by_initial(reply, asked)
        or _by_degree(reply, asked)
        or _by_signs(reply, asked)
        or _by_distinct(reply, asked)
        or _by_slip(reply, asked)
        or _by_part(reply, asked)
        or _by_sound(reply, asked)
    )


def by_code(reply: Reply, codes: Iterable[int], forms: Mapping[str, int]) -> Understanding | None:
    """A number that is a code, unless a word beside it disagrees: "1 no", "2 yes brother", "not 2"."""
    if not reply.numbered and reply.glued not in forms:
        return None
    numerals = [(word, parse_number(word)) for word in reply.core]
    values = {value for _, value in numerals if value is not None}
    if len(values) != 1 or (value := values.pop()) not in set(codes) or has_range(reply.folded):
        return None
    telling = {word for form in forms for word in form.split()}
    rest = [word for word, number in numerals if number is None and (word in telling or not _idle(word, reply.lexicon))]
    said = forms.get(" ".join(rest))
    named = outermost(rest, forms)
    if set(named.values()) - {value} or denied(beside(rest, named), reply.lexicon):
        return None
    confidence = 1.0 if not rest or said == value else 0.85 if len(rest) <= _BESIDE_A_CODE else 0.5
    return _answer(int(value), Method.DIGIT, confidence, f"{value:g}")


def _idle(word: str, lexicon: Lexicon) -> bool:
    """A word that says nothing beside a number: "yes, 3", "3 ok"."""
    senses = lexicon.senses.get(word, frozenset())
    return bool(senses & _IDLE) and not senses & {Sense.NEGATION, Sense.NO, Sense.EXCEPT}


def by_spelling(reply: Reply, codes: Iterable[int]) -> Understanding | None:
    """A spelled number that is a code."""
    numbers = reply.lexicon.of(Sense.NUMBER)
    for phrase in reply.phrases():
        if numbers.get(phrase) in set(codes):
            return _answer(int(numbers[phrase]), Method.SPELLED, 0.95, phrase)
    return None


def _answer(value: int, method: Method, confidence: float, span: str) -> Understanding:
    return Understanding(Outcome.ANSWER, value, method, confidence, span)


def _by_word(reply: Reply, asked: Asked) -> Understanding | None:
    outer = outermost(reply.words, asked.exact)
    # "very safe" is no "safe": who stresses it may mean another option.
    if len(set(outer.values())) != 1 or beside(reply.words, outer) & reply.lexicon.of(Sense.NEGATION).keys():
        return None
    form, code = next(iter(outer.items()))
    if reply.lexicon.of(Sense.DEGREE).get(" ".join(reply.core), 0) != reply.lexicon.of(Sense.DEGREE).get(form, 0):
        return None
    if _graded(form, code, asked) and _strange(reply.words, form.split(), reply.lexicon):
        return None  # an unknown word beside "safe" may be "very", or "not"
    confidence = 0.85 if len(reply.words) - len(form.split()) <= _LONG_SENTENCE else 0.6
    return _answer(code, Method.WORD, confidence, form)


def _graded(form: str, code: int, asked: Asked) -> bool:
    """Whether the form also stands inside another option: "safe" in "very safe", "unsafe"."""
    signs = form.replace(" ", "")
    return any(other != code and signs in longer.replace(" ", "") for longer, other in asked.exact.items())


def _strange(words: Iterable[str], known: Iterable[str], lexicon: Lexicon) -> list[str]:
    """The words that neither belong to what was found nor say something harmless."""
    found = set(known)
    return [word for word in words if word not in found and not _idle(word, lexicon)]


def _by_initial(reply: Reply, asked: Asked) -> Understanding | None:
    letter = " ".join(reply.core)
    return _answer(asked.initials[letter], Method.WORD, 0.8, letter) if letter in asked.initials else None


def _by_degree(reply: Reply, asked: Asked) -> Understanding | None:
    phrase = " ".join(reply.core)
    degree = reply.lexicon.of(Sense.DEGREE).get(phrase)
    if degree is None or not asked.degrees:
        return None
    alike = [code for other, code in asked.degrees.items() if other * degree > 0]
    # "Very good" is "good" only where every option is known to say no more.
    known = len(asked.degrees) == len(asked.question.options)
    code = asked.degrees.get(degree) or (alike[0] if known and len(alike) == 1 else None)
    return _answer(code, Method.WORD, 0.85, phrase) if code is not None else None


def _by_distinct(reply: Reply, asked: Asked) -> Understanding | None:
    """A word that stands in one option alone: "supervisor" for "Tell my supervisor"."""
    alone = len(reply.core) == 1
    if alone and reply.core[0] in asked.distinct and reply.core[0] not in reply.lexicon.polar:
        return _answer(asked.distinct[reply.core[0]], Method.WORD, 0.85, reply.core[0])
    if denied(reply.core, reply.lexicon):
        return None
    named = {
        word: asked.distinct[word]
        for word in reply.core
        if word in asked.distinct and (alone or len(word) > _TOO_SHORT)
    }
    if len(set(named.values())) != 1 or len(reply.core) - len(named) > _LONG_SENTENCE:
        return None
    word, code = next(iter(named.items()))
    if _graded(word, code, asked) and _strange(reply.core, named, reply.lexicon):
        return None
    return _answer(code, Method.WORD, 0.8, word)


def _by_part(reply: Reply, asked: Asked) -> Understanding | None:
    """The beginning of one option's word, or a form of it: "family" for "families", "หัวหน้า" for "หัวหน้างาน"."""
    if denied(reply.core, reply.lexicon) or len(reply.core) > _BESIDE_A_CODE:
        return None
    for word in reply.core:
        codes = {code for form, code in asked.stems.items() if _same_stem(word, form, reply.lexicon)}
        known = reply.lexicon.senses.get(word, frozenset()) - {Sense.POLITE}
        if len(codes) == 1 and not known and not _strange(reply.core, (word,), reply.lexicon):
            return _answer(codes.pop(), Method.FUZZY, 0.78, word)
    return None


def _by_signs(reply: Reply, asked: Asked) -> Understanding | None:
    """An option's text inside a reply without blanks, with nothing but particles around it."""
    joined = "".join(reply.core)
    if not is_unspaced(joined):
        return None
    forms = {form.replace(" ", ""): code for form, code in asked.exact.items() if is_unspaced(form)}
    inside = [form for form in forms if form in joined]
    outer = [form for form in inside if not any(form != other and form in other for other in inside)]
    if len({forms[form] for form in outer}) != 1:
        return None
    rest = reply.lexicon.segment([part for part in joined.split(outer[0]) if part])
    idle = all(_idle(part, reply.lexicon) for part in rest)
    return _answer(forms[outer[0]], Method.WORD, 0.85, outer[0]) if idle else None


def _same_stem(word: str, form: str, lexicon: Lexicon) -> bool:
    if is_unspaced(form):
        return word in form and len(word) >= (_HAN_STEM if is_han(word) else _STEM)
    shared = next(
        (at for at, (one, other) in enumerate(zip(word, form, strict=False)) if one != other), min(len(word), len(form))
    )
    if shared < max(_STEM, _MOST_OF_IT * len(form)) or len(word) - shared > _ENDING:
        return False
    ending = word[shared:]
    return ending not in lexicon.of(Sense.NEGATION) and ending not in lexicon.of(Sense.NO)


def _by_slip(reply: Reply, asked: Asked) -> Understanding | None:
    phrase = " ".join(reply.core)
    return nearest(phrase, asked.exact, reply.lexicon) or (
        nearest(phrase, asked.distinct, reply.lexicon) if len(reply.core) == 1 else None
    )


def _by_sound(reply: Reply, asked: Asked) -> Understanding | None:
    """Latin letters for an option of another script, whole or by the one word that sets it apart."""
    if not reply.folded.isascii() or not asked.sounds:
        return None
    phrase = " ".join(reply.core)
    whole = sounds_like(phrase, asked.sounds)
    if whole is not None:
        return _answer(whole, Method.FUZZY, 0.8, " ".join(reply.core))
    if denied(reply.core, reply.lexicon) or len(reply.core) > _LONG_SENTENCE:
        return None
    named = {word: code for word in reply.core if (code := sounds_like(word, asked.sounds)) is not None}
    strange = [word for word in reply.core if word not in named and word not in reply.lexicon.senses]
    if len(set(named.values())) != 1 or len(strange) > _BESIDE_A_CODE:
        return None
    word, code = next(iter(named.items()))
    if _heard_in_another(word, code, asked) and _strange(reply.core, named, reply.lexicon):
        return None
    return _answer(code, Method.FUZZY, 0.76, word)


def _heard_in_another(word: str, code: int, asked: Asked) -> bool:
    """Whether the word may be a part of another option's: "arakshitha" of "anarakshitha"."""
    return any(bones in other for other, named in asked.sounds.items() if named != code for bones in keys_of(word))


def outermost(words: Sequence[str], forms: Mapping[str, int]) -> dict[str, int]:
    """The forms that stand among the words; the longest wins over those inside it: "not safe" over "safe"."""
    inside = {form: code for form, code in forms.items() if _contains(words, form.split())}
    return {
        form: code
        for form, code in inside.items()
        if not any(form != other and _contains(other.split(), form.split()) for other in inside)
    }


def beside(words: Iterable[str], forms: Iterable[str]) -> set[str]:
    """The words that belong to none of the forms."""
    return set(words) - {word for form in forms for word in form.split()}


def denied(words: Iterable[str], lexicon: Lexicon) -> bool:
    """Whether a word turns the reply around or takes something out of it."""
    senses = {Sense.NEGATION, Sense.EXCEPT, Sense.NO}
    return any(lexicon.senses.get(word, frozenset()) & senses for word in words)


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    if part[0] not in words:
        return False
    size = len(part)
    return any(list(words[at : at + size]) == part for at in range(len(words) - size + 1))


# -- several of several ---------------------------------------------------------------------------


def read_many(reply: Reply, asked: Asked) -> Understanding | None:
    """Several options by their numbers, their words or both; all, none, or all but some."""
    codes = [option.code for option in asked.question.options]
    for phrase in reply.phrases():
        if phrase in reply.lexicon.of(Sense.ALL):
            return Understanding(Outcome.ANSWER, tuple(codes), Method.WORD, 0.95, phrase)
        if phrase in reply.lexicon.of(Sense.NONE):
            return Understanding(Outcome.ANSWER, (), Method.WORD, 0.95, phrase)
    if has_range(reply.folded):
        return None  # "1 - 3" may be one to three, or one and three
    broad = _broadly(reply, codes)
    if broad is not None:
        return broad
    listed = _listed(reply, asked, codes)
    if listed is not None or _enumerates(reply):
        return listed  # of a list that is half understood, the other half would be lost
    return listing(read_single(reply, asked))


def _enumerates(reply: Reply) -> bool:
    joined = any(Sense.AND in reply.lexicon.senses.get(word, frozenset()) for word in reply.core)
    return joined or _LIST.search(reply.folded) is not None


def _broadly(reply: Reply, codes: Sequence[int]) -> Understanding | None:
    """Such as "All of these here", "none from that list": all or none, with nothing beside it that could name an option."""
    longest = max(reply.lexicon.longest.get(sense, 1) for sense in (Sense.ALL, Sense.NONE, Sense.UNIT))
    parts = [
        (part, reply.lexicon.senses.get(part, frozenset()))
        for part, _ in cut(reply.core, reply.lexicon.senses, longest)
    ]
    said = {sense for _, senses in parts for sense in (Sense.ALL, Sense.NONE) if sense in senses}
    others = [part for part, senses in parts if not senses & {*_BROAD, Sense.ALL, Sense.NONE}]
    if len(said) != 1 or any(len(part) > _TOO_SHORT or not part.isalpha() for part in others) or len(others) > 1:
        return None
    if any(
        senses & {Sense.EXCEPT, Sense.NEGATION, Sense.NO} - {Sense.NONE} for part, senses in parts if part in others
    ):
        return None
    value = tuple(codes) if said == {Sense.ALL} else ()
    return Understanding(Outcome.ANSWER, value, Method.WORD, 0.8, " ".join(reply.core))


def listing(one: Understanding | None) -> Understanding | None:
    """A single choice as a list of one."""
    return replace(one, value=(one.value,)) if one is not None and isinstance(one.value, int) else None


def _listed(reply: Reply, asked: Asked, codes: Sequence[int]) -> Understanding | None:
    """The options a reply lists, or None where anything in it is not a code, an option, a conjunction or "not"."""
    chosen: list[int] = []
    method, excluded, everything = Method.DIGIT, False, False
    for part, named in cut(reply.core, asked.exact.keys(), asked.longest):
        senses = reply.lexicon.senses.get(part, frozenset())
        numbers = [asked.exact[part]] if named else codes_in(part, codes)
        if numbers is None and Sense.NUMBER in senses and reply.lexicon.of(Sense.NUMBER)[part] in codes:
            numbers = [int(reply.lexicon.of(Sense.NUMBER)[part])]
        if numbers is None and part in asked.distinct:
            numbers, named = [asked.distinct[part]], True
        if numbers is not None:
            chosen.extend(numbers)
            method = Method.WORD if named else method
        elif Sense.EXCEPT in senses:
            excluded = True
        elif Sense.ALL in senses:
            everything = True
        elif (one := _almost(part, asked)) is not None:
            chosen.append(one)
            method = Method.FUZZY
        elif not senses & _JOINING and not _idle(part, reply.lexicon):
            return None
    if everything and not excluded:
        return None
    if not chosen or (excluded and method is not Method.DIGIT):
        return None  # "not the food" may complain of it
    value = tuple(code for code in codes if (code in chosen) is not excluded)
    confidence = 1.0 if method is Method.DIGIT and not excluded else 0.85
    return Understanding(Outcome.ANSWER, value, method, confidence, " ".join(reply.core))


def _almost(part: str, asked: Asked) -> int | None:
    """The option that a word is a slip of, or sounds like in Latin letters."""
    if not part.isalpha() or part in asked.lexicon.senses:
        return None
    slip = nearest(part, asked.exact, asked.lexicon)
    if slip is not None and slip.confidence >= _SURE_SLIP and isinstance(slip.value, int):
        return slip.value
    return sounds_like(part, asked.sounds) if part.isascii() else None


def codes_in(word: str, codes: Sequence[int]) -> list[int] | None:
    """The codes that a token of digits stands for: "3", "1,3", "1.3", "13" where no option is called 13."""
    parts = [part for part in _SPLIT.split(word) if part]
    if not parts or not all(part.isdecimal() for part in parts):
        return None
    if all(int(part) in codes for part in parts):
        return [int(part) for part in parts]
    # "13" is one and three where no option is called 13 and every code is one digit.
    if max(codes) <= _NINE and all(int(digit) in codes for part in parts for digit in part):
        return [int(digit) for part in parts for digit in part]
    return None
