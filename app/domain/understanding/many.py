"""Several of several: by their numbers, their words or both; all, none, or all but some."""

import re
from collections.abc import Sequence

from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import LETTERS, TOO_SHORT, by_letter, idle, listing
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.nearly import read_single
from app.domain.understanding.numerals import has_range
from app.domain.understanding.reply import Reply
from app.domain.understanding.slips import nearest
from app.domain.understanding.sounds import sounds_like
from app.domain.understanding.topics import is_article, listed_topics, names_a_thing, praises, unglued

_STRANGE = 1  # "salary comes late": a longer word nobody knows, where nothing is listed
_SURE_SLIP = 0.8
_NINE = 9
_COUNTED = (1, 8)  # classes of units: minutes to people
_PAIR = 2
_LOOSE = 0.8
_LIST = re.compile(r"[,;/&+،、]")
_DASHED = re.compile(r"\d(?: ?[-–—] ?\d){2,}")  # "1-3-4" lists, "1-3" may be a range
_SPLIT = re.compile(r"[.,+]")
_BROAD = frozenset({Sense.POLITE, Sense.AND, Sense.UNIT, Sense.OF, Sense.APPROX, Sense.FILLER})
_NOTHING_WRONG = frozenset({Sense.NONE, Sense.NO_PROBLEM})
_BESIDE_NOTHING = frozenset({Sense.POLITE, Sense.FILLER, Sense.CIRCUMSTANCE})
_BROADLY = frozenset({Sense.ALL, Sense.NONE, Sense.NO_PROBLEM})
_OUT_OF_ALL = frozenset({Sense.ALL, Sense.EXCEPT})
_JOINING = (Sense.AND, Sense.OR)
_BY_DOUBT = (Method.DIGIT, Method.WORD, Method.FUZZY)


def read_many(reply: Reply, asked: Asked) -> Understanding | None:
    """Several options by their numbers, their words or both; all, none, or all but some."""
    codes = [option.code for option in asked.question.options]
    reply = _with_topics(reply.without_signs())
    for phrase in () if reply.hints.isdisjoint(_BROADLY) else (*reply.phrases, _behind_a_no(reply)):
        if _says_all(phrase, reply.lexicon, codes):
            return Understanding(Outcome.ANSWER, tuple(codes), Method.WORD, 0.95, phrase)
        if reply.lexicon.says(phrase, Sense.NONE, Sense.NO_PROBLEM):
            return Understanding(Outcome.ANSWER, (), Method.WORD, 0.95, phrase)
    if _DASHED.fullmatch(reply.folded) and (listed := codes_in(re.sub(r"\D+", ",", reply.folded), codes)):
        return Understanding(
            Outcome.ANSWER, tuple(code for code in codes if code in listed), Method.DIGIT, 0.9, reply.folded
        )
    if has_range(reply.folded) or (reply.holds_digits and (_counts_places(reply) or _spans(reply))):
        return None  # "1 - 3" may be one to three, or one and three
    return _broadly(reply, asked, codes) or _by_places(reply, asked) or _otherwise(reply, asked, codes)


def _with_topics(reply: Reply) -> Reply:
    """The same with the polite words in its core that are a part of a topic: Urdu "bas" is just, and "bas ka masla" a bus."""
    if reply.core == reply.words or any(map(is_unspaced, reply.words)):
        return reply  # without blanks a reply is cut by its options and topics already
    left = set(reply.core)
    parts = reply.lexicon.cut_by_topics(reply.words)
    core = tuple([word for part, named in parts for word in part.split(" ") if word in left or (named and " " in part)])
    return reply if core == reply.core else reply._replace(core=core)


def _says_all(phrase: str, lexicon: Lexicon, codes: Sequence[int]) -> bool:
    """Whether a phrase says all of so many options, if it says how many: Urdu "panchon", all five."""
    size = lexicon.of(Sense.ALL).get(phrase)
    return size is not None and size in {0, len(codes)}


def _behind_a_no(reply: Reply) -> str:
    """What follows a no: "no, none"."""
    return " ".join(reply.core[1:]) if reply.lexicon.says(reply.core[0], Sense.NO) else ""


def _counts_places(reply: Reply) -> bool:
    """Whether a number stands beside a place: "the first 2" are no second option."""
    return Sense.ORDINAL in reply.hints and any(
        reply.lexicon.says(word, Sense.ORDINAL) and not word[0].isdecimal() for word in reply.core
    )


def _spans(reply: Reply) -> bool:
    """Whether a "to" stands between two numbers: Urdu "1 se 3"."""
    words = reply.words
    return Sense.TO in reply.hints and any(
        before.isdecimal() and behind.isdecimal() and reply.lexicon.says(word, Sense.TO)
        for before, word, behind in zip(words, words[1:], words[2:], strict=False)
    )


def _by_places(reply: Reply, asked: Asked) -> Understanding | None:
    """Several options by their places, or by the letters that a form would give them: "first and third", "A, C"."""
    ordinals = reply.lexicon.of(Sense.ORDINAL)
    if Sense.ORDINAL not in reply.hints and LETTERS.isdisjoint(reply.core):
        return None
    parts = [part for part, _ in reply.lexicon.phrases(Sense.ORDINAL).cut(reply.core)]
    beside = (*_JOINING, Sense.FILLER, Sense.APPROX)  # Urdu "pehla masla", the first problem
    named = [part for part in parts if part in ordinals or part in LETTERS or not reply.lexicon.says(part, *beside)]
    places = [ordinals.get(part) or by_letter(part, asked) for part in named]
    if len(places) < _PAIR or not all(place in asked.codes for place in places):
        return None
    value = tuple(code for code in sorted(asked.codes) if code in places)
    return Understanding(Outcome.ANSWER, value, Method.SPELLED, 0.8, " ".join(reply.core))


def _otherwise(reply: Reply, asked: Asked, codes: Sequence[int]) -> Understanding | None:
    """A list, or the one option that a reply is about."""
    if not reply.holds_digits and praises(reply, asked):
        return None  # "the food is good" is no problem with the food
    listed = _listed(reply, asked, codes)
    partly = not reply.hints.isdisjoint(_OUT_OF_ALL) and any(
        reply.lexicon.says(word, Sense.ALL, Sense.EXCEPT) for word in reply.core
    )
    if listed is not None or partly or _enumerates(reply) or unglued(reply.core, asked) != reply.core:
        return listed  # of a list that is half understood, the other half would be lost
    one = listing(read_single(reply, asked))
    # A single word of an option among strange ones may name something that is not on the list: "low pay" for "late pay".
    loose = len(reply.core) > 1 and not _is_one_topic(reply)
    if one is None or (one.confidence <= _LOOSE and loose) or _hides_another(reply, one, asked):
        return None
    return one


def _is_one_topic(reply: Reply) -> bool:
    """Whether a whole reply is one phrase of the topics: Urdu "waqt par tankhwah nahi", the pay not on time."""
    return len(reply.core) > _PAIR and len(reply.lexicon.cut_by_topics(reply.core)) == 1


def _hides_another(reply: Reply, one: Understanding, asked: Asked) -> bool:
    """Whether a word of another option stands inside a longer word: "n'ubushyuhe" holds "ubushyuhe"."""
    chosen = set(one.value) if isinstance(one.value, tuple) else set[int]()
    others = [word for word, code in asked.distinct.items() if code not in chosen and len(word) > TOO_SHORT]
    return any(word in part for word in others for part in reply.core if part != word)


def _enumerates(reply: Reply) -> bool:
    joined = any(Sense.AND in reply.lexicon.senses.get(word, frozenset()) for word in reply.core)
    return joined or _LIST.search(reply.folded) is not None


def _broadly(reply: Reply, asked: Asked, codes: Sequence[int]) -> Understanding | None:
    """Such as "All of these here", "none from that list": all or none, with nothing beside it that could name an option."""
    if reply.hints.isdisjoint(_BROADLY):
        return None
    parts = [(part, reply.lexicon.senses.get(part, frozenset())) for part, _ in reply.lexicon.every.cut(reply.core)]
    said = {sense for _, senses in parts for sense in (Sense.ALL, Sense.NONE) if sense in senses}
    fewer = any(Sense.ALL in senses and not _says_all(part, reply.lexicon, codes) for part, senses in parts)
    nothing = [senses for part, senses in parts if not senses & _BESIDE_NOTHING or part in reply.lexicon.topics]
    if len(parts) > 1 and nothing and all(senses & _NOTHING_WRONG for senses in nothing):
        return Understanding(Outcome.ANSWER, (), Method.WORD, 0.85, " ".join(reply.core))  # "all is well, no problem"
    others = [part for part, senses in parts if not senses & {*_BROAD, *_BROADLY}]
    if fewer or (Sense.ALL in said and any(Sense.NO_PROBLEM in senses for _, senses in parts)):
        return None
    if len(said) != 1 or any(len(part) > TOO_SHORT or not part.isalpha() for part in others) or len(others) > 1:
        return None
    if any(
        senses & {Sense.EXCEPT, Sense.NEGATION, Sense.NO} - {Sense.NONE} for part, senses in parts if part in others
    ) or any(part in asked.exact.words or part in reply.lexicon.topics for part in others):
        return None  # the last of Amharic "ሙቀት የለም", there is no heat
    value = tuple(codes) if said == {Sense.ALL} else ()
    return Understanding(Outcome.ANSWER, value, Method.WORD, 0.8, " ".join(reply.core))


def _listed(reply: Reply, asked: Asked, codes: Sequence[int]) -> Understanding | None:
    """The options a reply lists, or None where anything in it is not a code, an option, a conjunction or "not"."""
    chosen: list[int] = []
    loose: list[str] = []
    methods = {Method.DIGIT}
    apart = unglued(reply.core, asked)
    core, excluded, every = _without_all_but(apart, reply.lexicon, reply.hints)
    parts = asked.exact.cut(core)
    for at, (part, named) in enumerate(parts):
        following = parts[at + 1][0] if at + 1 < len(parts) else ""
        if not named and _chooses_nothing(part, following, reply, asked):
            continue
        found = ([asked.exact[part]], Method.WORD) if named else _numbered(part, reply.lexicon, codes)
        if found is not None:
            chosen.extend(found[0])
            methods.add(found[1])
        elif not reply.lexicon.says(part, *_JOINING):
            loose.append(part)
    if any(not idle(part, reply.lexicon) for part in loose) or names_a_thing(loose, reply.lexicon):
        worded = _worded(loose, asked, 0 if chosen or _enumerates(reply) or apart != reply.core else _STRANGE)
        if worded is None and Method.WORD in methods and not excluded and _enumerates(reply):
            worded = _worded([word for word in apart if not reply.lexicon.says(word, *_JOINING)], asked, 0)
        if worded is None:
            return None
        chosen.extend(worded[0])
        methods.add(worded[1])
    if not chosen or (excluded and not every and len(methods) > 1):
        return None  # "not the food" may complain of it
    if every and not excluded:
        whole = chosen == [len(codes)]  # "all 5"
        return Understanding(Outcome.ANSWER, tuple(codes), Method.WORD, 0.85, " ".join(reply.core)) if whole else None
    value = tuple(code for code in codes if (code in chosen) is not excluded)
    method = max(methods, key=_BY_DOUBT.index)
    confidence = 1.0 if method is Method.DIGIT and not excluded else 0.85
    return Understanding(Outcome.ANSWER, value, method, confidence, " ".join(reply.core))


def _chooses_nothing(part: str, following: str, reply: Reply, asked: Asked) -> bool:
    """Whether a number of a list chooses no option: an article, "one" of what is named, or so many days."""
    if part.isdecimal():
        unit = reply.lexicon.of(Sense.UNIT).get(following, 0)
        return _COUNTED[0] <= unit <= _COUNTED[1] and not reply.lexicon.says(following, *_JOINING)
    return is_article(part, following, asked) or (not _enumerates(reply) and _is_one(part, reply, asked))


def _is_one(part: str, reply: Reply, asked: Asked) -> bool:
    """Whether a part is a spelled "one" of something that the reply names: Urdu "hadsa hua ek", there was an accident."""
    if reply.lexicon.of(Sense.NUMBER).get(part) != 1:
        return False
    return any(word in asked.exact or word in reply.lexicon.topics for word in reply.core)


def _without_all_but(
    words: Sequence[str], lexicon: Lexicon, hints: frozenset[Sense]
) -> tuple[tuple[str, ...], bool, bool]:
    """The words without "all" and "but"; whether something is taken out, and whether all was said."""
    if hints.isdisjoint(_OUT_OF_ALL):
        return tuple(" ".join(words).split()), False, False
    parts = lexicon.every.cut(words)
    said = [lexicon.senses.get(part, frozenset()) for part, _ in parts]
    excluded = any(Sense.EXCEPT in senses for senses in said)
    # "All but" is one phrase, of which "all" is a word.
    every = any(
        Sense.ALL in senses or (Sense.EXCEPT in senses and any(lexicon.says(word, Sense.ALL) for word in part.split()))
        for (part, _), senses in zip(parts, said, strict=True)
    )
    if every and not excluded and parts[-1][0] in lexicon.of(Sense.NEGATION) and parts[-2][0].isdecimal():
        return tuple(part for part, _ in parts if part.isdecimal()), True, True  # "all, but 2 not"
    kept = [
        part
        for (part, _), senses in zip(parts, said, strict=True)
        if not senses & {Sense.EXCEPT, Sense.ALL} and not _exempts(part, senses, lexicon)
    ]
    return tuple(word for part in kept for word in part.split(" ")), excluded, every


def _exempts(part: str, senses: frozenset[Sense], lexicon: Lexicon) -> bool:
    """Whether a phrase only says that there is nothing else: Urdu "garmi ke siwa kuch nahi", nothing but the heat."""
    return Sense.FILLER in senses and any(lexicon.says(word, Sense.EXCEPT) for word in part.split(" "))


def _numbered(part: str, lexicon: Lexicon, codes: Sequence[int]) -> tuple[list[int], Method] | None:
    """The options one part of a list names by number."""
    by_digits = codes_in(part, codes)
    if by_digits is not None:
        return by_digits, Method.DIGIT
    number = lexicon.of(Sense.NUMBER).get(part)
    return ([int(number)], Method.DIGIT) if number is not None and number in codes else None


def _worded(words: Sequence[str], asked: Asked, strange: int) -> tuple[list[int], Method] | None:
    """The options that words are about, all together or each by itself; None where one is about nothing on offer."""
    topics = listed_topics(words, asked, strange)
    if topics is not None:
        return topics, Method.WORD
    chosen: list[int] = []
    method = Method.WORD
    for word in words:
        if idle(word, asked.lexicon) and word not in asked.lexicon.topics:
            continue  # Bengali "kom" is about, and little: "beton kom" is no late pay
        code = asked.distinct.get(word)
        if code is None:
            code, method = _almost(word, asked), Method.FUZZY
        if code is None:
            return None
        chosen.append(code)
    return chosen, method


def _almost(part: str, asked: Asked) -> int | None:
    """The option that a word is a slip of, or sounds like in Latin letters."""
    if not part.isalpha() or part in asked.lexicon.senses:
        return None
    slip = nearest(part, asked.near.exact, asked.lexicon)
    if slip is not None and slip.confidence >= _SURE_SLIP and isinstance(slip.value, int):
        return slip.value
    return sounds_like(part, asked.sounds) if part.isascii() else None


def codes_in(word: str, codes: Sequence[int]) -> list[int] | None:
    """The codes that a token of digits stands for: "3", "1,3", "1.3", "13" where no option is called 13."""
    if word.isdecimal() and int(word) in codes:
        return [int(word)]
    parts = [part for part in _SPLIT.split(word) if part]
    if not parts or not all(part.isdecimal() for part in parts):
        return None
    if all(int(part) in codes for part in parts):
        return [int(part) for part in parts]
    # "13" is one and three where no option is called 13 and every code is one digit.
    if max(codes) <= _NINE and all(int(digit) in codes for part in parts for digit in part):
        return [int(digit) for part in parts for digit in part]
    return None
