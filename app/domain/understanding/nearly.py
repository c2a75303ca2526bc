"""One of several, by what is nearly one of them: a slip, a form of the word, a part of it, its sound."""

import re
from collections.abc import Sequence

from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import (
    BESIDE_A_CODE,
    LONG_SENTENCE,
    answer,
    by_article,
    by_code,
    by_degree,
    by_distinct,
    by_initial,
    by_often,
    by_place,
    by_spelling,
    by_word,
    denied,
    idle,
    says_how_often,
    strange,
)
from app.domain.understanding.cutting import is_han, is_unspaced
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Understanding
from app.domain.understanding.reply import Reply
from app.domain.understanding.slips import nearest
from app.domain.understanding.sounds import keys_of, sounds_like
from app.domain.understanding.topics import (
    HARMS,
    About,
    about_reply,
    by_topic,
    is_part,
    names_a_part,
    names_another,
    names_somebody,
    names_two,
    unglued,
)

_NUMBERED = re.compile(r"n[or]?[.°]? ?#?([0-9]{1,2})")
_PAIR = 2
_TURNING = (Sense.NEGATION, Sense.NO, Sense.EXCEPT, Sense.BUT, Sense.OFTEN, Sense.DEGREE, Sense.STRESS)
_STEM = 4  # letters that a form of a word shares with it
_HAN_STEM = 2  # where a sign is a word
_MOST_OF_IT = 0.6
_ENDING = 3


def read_single(reply: Reply, asked: Asked) -> Understanding | None:
    """One option: by number, by its words, by its initial, by a spelled number, or with a slip."""
    placed = by_place(reply, asked)
    if placed is not None:
        return placed
    if reply.holds_digits:
        numbered = _NUMBERED.fullmatch(reply.folded)  # "no. 2" is number two, and denies nothing
        if numbered is not None and int(numbered[1]) in asked.codes:
            return answer(int(numbered[1]), Method.DIGIT, 0.9, numbered[1])
        # "1 never" names two options: a number decides, or nothing does.
        return by_code(reply, asked.codes, asked.exact)
    reply = reply.reworded(lambda words: unglued(words, asked))
    found = about_reply(reply, asked)
    options = list(found.options(asked))
    if len(options) > 1 or names_a_part(found, options, asked) or names_somebody(found, reply.words, asked):
        return None  # "the supervisor and the union": one was asked for
    often = by_often(reply, asked)  # "almost always" is no "always"
    if often is None and (
        _only_greets(reply, asked) or says_how_often(reply, asked) or names_two(reply, found, options, asked)
    ):
        return None
    both = _names_both(reply, asked)
    return (
        often
        or (None if both else _outright(reply, found, options, asked) or _by_all_words(reply, asked))
        or by_spelling(reply, asked.codes, asked.exact)
        or by_article(reply, asked.codes, asked.exact)
        or by_initial(reply, asked)
        or by_degree(reply, asked)
        or _by_signs(reply, asked)
        or (None if both else _by_meaning(reply, found, options, asked))
    )


def _by_meaning(reply: Reply, found: About, options: Sequence[int], asked: Asked) -> Understanding | None:
    """The option that the reply is about, or nearly names."""
    topical = by_topic(found, options, asked)
    return topical or (None if names_another(found, options, asked) else _loosely(reply, asked))


def _only_greets(reply: Reply, asked: Asked) -> bool:
    """Whether how good something is was asked for, and a reply only greets: "good morning", Chinese "你好"."""
    if Sense.POLITE not in reply.hints or reply.words != reply.core or not asked.degrees:
        return False
    return all(polite for _, polite in reply.lexicon.phrases(Sense.POLITE).cut(reply.words))


def _names_both(reply: Reply, asked: Asked) -> bool:
    """Whether two options stand in the reply, be the second misspelt: "bank or cash", "east then norrth"."""
    if len(reply.words) == 1:
        return False
    named = set(asked.exact.within(reply.words).values())
    if len(named) != 1:
        return len(named) > 1
    slips = [nearest(word, asked.near.exact, reply.lexicon) for word in reply.words if word not in reply.lexicon.senses]
    return any(slip is not None and slip.value not in named for slip in slips)


def _outright(reply: Reply, found: About, options: Sequence[int], asked: Asked) -> Understanding | None:
    """The option whose words stand in the reply, unless they are part of a name for another: "jazz cash" is no cash."""
    named = by_word(reply, asked)
    if named is None or not options or named.value in options or not is_part(named.span, reply.words, asked):
        return named
    return by_topic(found, options, asked)


def _by_all_words(reply: Reply, asked: Asked) -> Understanding | None:
    """The one option that has all the words of a reply in whatever order: "not paid yet", "full and on time"."""
    lexicon = reply.lexicon
    denies = len(reply.core) > _PAIR and lexicon.says(reply.core[0], Sense.NO)  # "no, I could not"
    said = {word for word in reply.core[denies:] if not idle(word, lexicon)}
    if len(said) < _PAIR or (denies and not denied(reply.core[1:], lexicon)):
        return None
    holding = {code: words for form, code in asked.exact.items() if said <= (words := {*form.split(" ")})}
    if len(holding) != 1:
        return None
    code, words = holding.popitem()
    left_out = any(lexicon.says(word, *_TURNING) for word in words - said)
    return None if left_out else answer(code, Method.WORD, 0.85, " ".join(reply.core))


def _loosely(reply: Reply, asked: Asked) -> Understanding | None:
    return by_distinct(reply, asked) or _by_slip(reply, asked) or _by_part(reply, asked) or _by_sound(reply, asked)


def _by_slip(reply: Reply, asked: Asked) -> Understanding | None:
    phrase = " ".join(reply.core)
    return nearest(phrase, asked.near.exact, reply.lexicon) or (
        nearest(phrase, asked.near.distinct, reply.lexicon) if len(reply.core) == 1 else None
    )


def _by_part(reply: Reply, asked: Asked) -> Understanding | None:
    """The beginning of one option's word, or a form of it: "family" for "families", "หัวหน้า" for "หัวหน้างาน"."""
    if denied(reply.core, reply.lexicon) or len(reply.core) > BESIDE_A_CODE:
        return None
    for word in reply.core:
        forms = (*asked.stems.get(word[0], ()), *asked.stems.get("", ()))
        codes = {code for form, code in forms if _same_stem(word, form, reply.lexicon)}
        known = reply.lexicon.senses.get(word, frozenset()) - {Sense.POLITE}
        if len(codes) == 1 and not known and not strange(reply.core, (word,), reply.lexicon):
            return answer(codes.pop(), Method.FUZZY, 0.78, word)
    return None


def _by_signs(reply: Reply, asked: Asked) -> Understanding | None:
    """An option's text inside a reply without blanks, with nothing but particles around it."""
    joined = "".join(reply.core)
    if not is_unspaced(joined):
        return None
    forms = asked.signs
    inside = [form for form in forms if form in joined]
    outer = [form for form in inside if not any(form != other and form in other for other in inside)]
    if len({forms[form] for form in outer}) != 1:
        return None
    degrees = reply.lexicon.of(Sense.DEGREE)
    if degrees.get(joined) is not None and degrees.get(outer[0], degrees[joined]) != degrees[joined]:
        return None  # Lao "ບໍ່ປອດໄພເລີຍ", not safe at all, is more than "not safe"
    rest = reply.lexicon.segment([part for part in joined.split(outer[0]) if part])
    quiet = all(idle(part, reply.lexicon) for part in rest)
    return answer(forms[outer[0]], Method.WORD, 0.85, outer[0]) if quiet else None


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


def _by_sound(reply: Reply, asked: Asked) -> Understanding | None:
    """Latin letters for an option of another script, whole or by the one word that sets it apart."""
    if not reply.folded.isascii() or not asked.sounds:
        return None
    phrase = " ".join(reply.core)
    whole = sounds_like(phrase, asked.sounds)
    if whole is not None:
        return answer(whole, Method.FUZZY, 0.8, " ".join(reply.core))
    if denied(reply.core, reply.lexicon) or len(reply.core) > LONG_SENTENCE:
        return None
    named = {word: code for word in reply.core if (code := sounds_like(word, asked.sounds)) is not None}
    unknown = [word for word in reply.core if word not in named and word not in reply.lexicon.senses]
    if len(set(named.values())) != 1 or len(unknown) > BESIDE_A_CODE:
        return None
    word, code = next(iter(named.items()))
    harmful = asked.often and any(reply.lexicon.topics.get(part) in HARMS for part in reply.core)
    if harmful or (_heard_in_another(word, code, asked) and strange(reply.core, named, reply.lexicon)):
        return None  # Nepali "sadhai gali garchan", always shouting, is no "always" with respect
    return answer(code, Method.FUZZY, 0.76, word)


def _heard_in_another(word: str, code: int, asked: Asked) -> bool:
    """Whether the word may be a part of another option's: "arakshitha" of "anarakshitha"."""
    return any(bones in other for other, named in asked.sounds.items() if named != code for bones in keys_of(word))
