"""Yes or no."""

import re
from collections.abc import Mapping

from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import by_article, by_code, by_spelling, strange
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.echoes import COMPLAINTS, HAPPENINGS
from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.numerals import MONEY, has_digit, parse_number
from app.domain.understanding.opposites import opposed
from app.domain.understanding.phrases import Phrases
from app.domain.understanding.reply import Reply
from app.domain.understanding.slips import nearest
from app.domain.understanding.topics import HARMS, PEOPLE
from app.domain.understanding.trimming import trimmed
from app.domain.understanding.verbs_last import (
    BOSSES,
    circumstances,
    ends_late,
    is_hedged,
    is_of_another_verb,
    told_by,
    with_denials,
    without_auxiliaries,
)

_NEAR = 3  # this many words nothing accounts for may stand before the yes or the no
_SHORT = 2
_PAIR = 2  # a count and its unit
_RARELY, _SOMETIMES, _MOSTLY, _ALWAYS = 1, 2, 3, 4  # as the tables say how often
_CODES = frozenset({1, 2})
_LETTER = re.compile(r"(?<!\d)\d[a-z]")
_NOWHERE = frozenset[int]()
_NO_OPTIONS = Phrases[int]({})
_LONG_ENOUGH = 6  # "telat" (late) is one letter from "telah" (already): shorter words must be right
_HARMLESS = (Sense.POLITE, Sense.ACKNOWLEDGE, Sense.UNIT, Sense.FILLER, Sense.AND, Sense.YES)
_SAYING_LITTLE = {Sense.POLITE, Sense.APPROX, Sense.UNIT, Sense.NUMBER, Sense.FILLER}
_SURE = 0.75
_YEARS = 6  # as the tables class units: from 1, minutes
_MAY_TURN = frozenset(
    {
        Sense.UNSURE, Sense.REFUSE, Sense.ECHO_YES, Sense.ECHO_NO, Sense.BUT, Sense.EXCEPT, Sense.OFTEN, Sense.HALF,
        Sense.NEGATION,
    }
)  # fmt: skip
_FELLOWS = frozenset({"coworker", "friend", "family", "neighbour"})
_SOMEBODY = PEOPLE - {"nobody", "poster", "media"}
_OF_ONESELF = frozenset({1, 3, 6, 11})  # as the tables class questions: all of the pay, on time, hurt, paid
_ECHOES = frozenset({Sense.ECHO_YES, Sense.ECHO_NO})
_TELLING = (Sense.YES, Sense.NO, Sense.ECHO_YES, Sense.ECHO_NO, Sense.NEGATION, Sense.BUT, Sense.EXCEPT, Sense.UNSURE)
_DENYING = (Sense.NEGATION, Sense.NEGATION_BEFORE, Sense.NONE, Sense.CORRECTION)
_TURNING = (Sense.NEGATION, Sense.NO, Sense.UNSURE, Sense.EXCEPT, Sense.BUT)


def read_yes_no(reply: Reply, asked: Asked) -> Understanding | None:
    """A yes or a no: by word, by 1 or 2, by the question's own words, by a spelled number, or with a slip."""
    lexicon = reply.lexicon
    forms = asked.polar
    places = lexicon.of(Sense.ORDINAL) if Sense.ORDINAL in reply.hints else {}
    for phrase in reply.phrases:
        if phrase in forms and not (forms[phrase] and asks_back(reply.folded)):
            return Understanding(Outcome.ANSWER, forms[phrase], Method.WORD, 0.98, phrase)
        place = places.get(phrase)
        if place in _CODES:  # "the second one"
            return Understanding(Outcome.ANSWER, place == 1, Method.SPELLED, 0.85, phrase)
    if reply.holds_digits and not _spells_with_digits(reply):
        # Any number but 1 and 2 answers another question.
        remark = _beside_a_count(reply, asked)
        if remark is not None:
            return remark
        code = by_code(reply, _CODES, asked.coded)
        unknown = strange(reply.core, asked.coded.words, lexicon)
        if code is None or any(parse_number(word) is None for word in unknown):
            return None  # "2 days late" is no no
        return Understanding(code.outcome, code.value == 1, code.method, code.confidence, code.span)
    found = _in_words(reply, asked)
    return None if found is not None and asks_back(reply.folded) and _is_asked(found, reply, asked) else found


def _spells_with_digits(reply: Reply) -> bool:
    """Whether its digits are letters of the question's verb: Arabic "2abadna", we were paid."""
    if _LETTER.search(reply.folded) is None:
        return False
    lexicon = reply.lexicon
    return all(lexicon.says(part, *_ECHOES) for part, _ in lexicon.every.cut(reply.core) if has_digit(part))


def _is_asked(found: Understanding, reply: Reply, asked: Asked) -> bool:
    """Whether what was said is a question: "sure?", "got it?", "late?", Vietnamese "an toàn không?", is it safe."""
    ends = len(reply.core) > 1 and reply.core[-1] == found.span
    return found.value is True or ends or asked.echoes.late(found.span)


def _in_words(reply: Reply, asked: Asked) -> Understanding | None:
    """A yes or a no among words, or the question's verb given back."""
    lexicon = reply.lexicon
    parts = trimmed([part for part, _ in lexicon.every.cut(reply.core)], asked, reply.hints)
    if lexicon.puts_verbs_last and is_hedged(parts, asked):
        return None
    found = _said(parts, reply, asked) or _spelled(reply)
    if found is not None and found.confidence < _SURE and lexicon.puts_verbs_last:
        found = echoed(with_denials(parts, asked), asked)
    elif found is None and (not reply.hints.isdisjoint(_ECHOES) or asked.echoes.may_be_late(reply.words)):
        # What looks polite may be a part of it: French "c'est le cas".
        found = echoed(parts, asked) or (echoed([reply.phrases[0]], asked) if reply.words != reply.core else None)
        found = found or _told_by_somebody(reply, asked)
    found = found or opposed(reply, asked)
    if found is None and len(phrase := " ".join(reply.core)) >= _LONG_ENOUGH and _holds_a_stranger(reply):
        found = nearest(phrase, asked.near.polar, lexicon)
    return found


def _told_by_somebody(reply: Reply, asked: Asked) -> Understanding | None:
    """The verb given back behind somebody whose name is of several words, or unknown but as a topic: "line leader said"."""
    lexicon = reply.lexicon
    if lexicon.puts_verbs_last or not lexicon.topics:
        return None
    words = tokens(reply.folded) if any(map(is_unspaced, reply.core)) else reply.core
    named = lexicon.cut_by_topics(words)
    last, is_named = named[-1]
    if not any(known for _, known in named) or (is_named and not is_unspaced(last)):
        return None  # "I paid the agency"
    return echoed([part for part, _ in lexicon.every.cut([part for part, _ in named])], asked)


def _holds_a_stranger(reply: Reply) -> bool:
    """Whether a word of the core is none the language knows, and so may be a slip: Turkish "hiç geç değil" holds none."""
    lexicon = reply.lexicon
    return any(word not in lexicon.senses and word not in lexicon.topics for word in reply.core)


def halves(part: str, lexicon: Lexicon, *, yes: bool) -> bool:
    """Whether a word beside a yes or a no says that it is so in part, or at times: "sometimes yes", "half"."""
    often = lexicon.of(Sense.OFTEN).get(part)
    return often == _SOMETIMES or (yes and often == _RARELY) or part in lexicon.of(Sense.HALF)


def _beside_a_count(reply: Reply, asked: Asked) -> Understanding | None:
    """A no beside some days or months: "pas payé depuis 2 mois"; a yes beside them may be of the days.

    Beside money, or what has no unit, a no only where it comes first ("no, 2000 taka were cut"), or where the whole of
    something was asked for: "2000 were cut".
    """
    lexicon, core = asked.lexicon, reply.core
    counts = [at for at, word in enumerate(core) if parse_number(word) is not None]
    if len(counts) != 1:
        return None
    at = counts[0]
    following = " ".join(core[at + 1 : at + 2])
    unit = MONEY if lexicon.says(following, Sense.MULTIPLIER) else lexicon.of(Sense.UNIT).get(following)
    if unit is None and parse_number(core[at]) in _CODES:
        return None  # "non 2 fois" counts, "non 2" does not
    rest = core[:at] + core[at + 1 + (unit is not None) :]
    parts = [part for part, _ in lexicon.every.cut(rest)]
    counted = unit is not None and 1 <= unit <= _YEARS
    if not counted and not (asked.polar.get(core[0]) is False and len(core) > _PAIR) and not asked.echoes.whole:
        return None
    parts = [part for part in parts if lexicon.says(part, *_TELLING) or not lexicon.says(part, Sense.APPROX)]
    found = (_said(parts, reply, asked) or echoed(parts, asked)) if parts else None
    if found is None and counted and rest:
        found = opposed(reply._replace(core=rest), asked)  # "it came 2 weeks late"
    return found if found is not None and found.value is False else None


def _spelled(reply: Reply) -> Understanding | None:
    spelled = by_spelling(reply, _CODES, _NO_OPTIONS) or by_article(reply, _CODES, _NO_OPTIONS)
    return spelled._replace(value=spelled.value == 1) if spelled is not None else None


def asks_back(folded: str) -> bool:
    """Whether a text is a question: a yes that is asked is none."""
    return "?" in folded or "؟" in folded


def echoed(parts: list[str], asked: Asked) -> Understanding | None:
    """The verb of the question given back, and nothing beside it that could turn it: "got it", "they told us, sir".

    Its other words may be given back too: "the pay came".
    """
    if not asked.question.text:
        return None  # consent is never given by a verb
    if asked.lexicon.puts_verbs_last:
        return _read_from_the_end(parts, asked)
    told = {part: asked.echoes.get(part) for part in parts}
    said = {value for value in told.values() if value is not None}
    return _given_back(parts, told, said.pop(), asked) if len(said) == 1 else None


def _read_from_the_end(parts: list[str], asked: Asked) -> Understanding | None:
    """The same in a language that puts verbs last."""
    parts = without_auxiliaries(parts, asked)
    told = {part: told_by(part, asked) for part in parts}
    said = {value for value in told.values() if value is not None}
    if len(said) != 1 and not ends_late(parts, told, asked):
        return None
    value = len(said) == 1 and said.pop()
    return _given_back(parts, told, value, asked, circumstances(parts, told, asked))


def _given_back(
    parts: list[str], told: Mapping[str, bool | None], value: bool, asked: Asked, beside: frozenset[int] = _NOWHERE
) -> Understanding | None:
    """The verb's yes or no, where what stands `beside` it at no place of these turns it."""
    lexicon = asked.lexicon
    others = {part for at, part in enumerate(parts) if told[part] is None and at not in beside}
    people = _SOMEBODY if value else BOSSES if lexicon.puts_verbs_last else frozenset[str]()
    if not asked.echoes.subjects.isdisjoint(_OF_ONESELF):
        people -= _FELLOWS  # "my husband was paid" says nothing of oneself
    if value is False:
        denied = any(lexicon.says(word, *_DENYING) for part in parts if told[part] is False for word in part.split(" "))
        # "They did not tell us nothing", but not "they owe us nothing".
        others = {part for part in others if not (denied and lexicon.says(part, Sense.NONE))}
        strange = {part for part in others if _names_nobody(parts[-1], lexicon) and _is_strange(part, lexicon)}
        others -= strange if len(strange) <= _NEAR else set()
    if value and not lexicon.puts_verbs_last and lexicon.topics.get(parts[-1]) in _FELLOWS and told[parts[-1]] is None:
        return None  # "they told my friend"
    before = _before_what_befell(parts, told, asked)
    if before is not None and all(_leaves_be(part, asked) for part in others):
        others &= before
    if not all(_agrees(part, asked) or lexicon.topics.get(part) in people for part in others):
        return None  # "the supervisor told us" says who did
    if value is False and any(lexicon.says(part, Sense.YES) for part in others):
        return None  # "yes, not paid"
    in_time = [part for part in parts if not asked.echoes.late(part)]
    if len(in_time) < len(parts) and any(lexicon.says(part, *_DENYING) for part in in_time):
        return None  # "there is no delay"
    first = next(part for part in parts if told[part] is not None)
    return Understanding(Outcome.ANSWER, value, Method.WORD, 0.85, first)


def _names_nobody(part: str, lexicon: Lexicon) -> bool:
    """Whether a verb at the end denies wholly, whatever goes before: Tamil "puthusa vanthen, yaarum sollala"."""
    return " " in part and (lexicon.topics.get(part) == "nobody" or lexicon.says(part, Sense.NONE))


def _is_strange(part: str, lexicon: Lexicon) -> bool:
    return part not in lexicon.senses and part not in lexicon.topics


def _before_what_befell(parts: list[str], told: Mapping[str, bool | None], asked: Asked) -> set[str] | None:
    """What stands before words for what happened to the worker, and for that alone: "burnt my arm", "they shout at us".

    How and where it did may be told behind them; None where nothing is.
    """
    lexicon = asked.lexicon
    happenings = lexicon.of(Sense.ECHO_YES)
    at = next((at for at, part in enumerate(parts) if told[part] and happenings.get(part) in HAPPENINGS), None)
    return None if at is None or lexicon.puts_verbs_last else set(parts[:at])


def _leaves_be(part: str, asked: Asked) -> bool:
    """Whether a part beside what happened takes nothing of it back, and names nobody to whom it did instead."""
    lexicon = asked.lexicon
    seldom = lexicon.of(Sense.OFTEN).get(part, _ALWAYS) <= _SOMETIMES
    return not (seldom or lexicon.says(part, *_TURNING) or lexicon.topics.get(part) in _FELLOWS)


def _agrees(part: str, asked: Asked) -> bool:
    """Whether a part beside the question's verb is harmless, or a word of the question, and turns nothing."""
    lexicon = asked.lexicon
    if lexicon.says(part, *_TURNING):
        return False
    often = lexicon.of(Sense.OFTEN).get(part)
    if often is not None and often <= _SOMETIMES:
        return False  # Swahili "wakati mwingine", at times, though the question speaks of "wakati"
    if often == _ALWAYS or lexicon.says(part, *_HARMLESS):
        return True
    told = asked.speaks_of(part) or lexicon.topics.get(part) in asked.themes - HARMS  # "the money came", of pay
    return told and not lexicon.says(part, Sense.DEGREE)


def _said(parts: list[str], reply: Reply, asked: Asked) -> Understanding | None:
    """The one of yes and no that stands among the parts, unless another part turns it."""
    forms = asked.polar
    said = [at for at, part in enumerate(parts) if part in forms]
    if not said:
        return None
    first = said[0]
    value = forms[parts[first]]
    if len(said) > 1 and any(forms[parts[at]] is not value for at in said):
        return None
    may_turn = not reply.hints.isdisjoint(_MAY_TURN) or asked.echoes.may_be_late(reply.words)
    if may_turn and (_turned(value, said, parts, asked) or _hedged(reply)):
        return None
    if value is False and _denies_a_complaint(said, parts, asked.lexicon):
        return None
    sure = _surely(parts, first, len(parts) - len(said), reply)
    return Understanding(Outcome.ANSWER, value, Method.WORD, sure, parts[first])


def _hedged(reply: Reply) -> bool:
    """Whether what looks polite belonged to a "but": "should I say yes?"; "je voulais dire non" only corrects."""
    if Sense.BUT not in reply.hints or reply.words == reply.core:
        return False
    lexicon = reply.lexicon
    corrects = any(" " in part and lexicon.says(part, Sense.CORRECTION) for part, _ in lexicon.every.cut(reply.words))
    return not corrects and any(known for _, known in lexicon.phrases(Sense.BUT).cut(reply.words))


def _denies_a_complaint(said: list[int], parts: list[str], lexicon: Lexicon) -> bool:
    """Whether a no denies what is bad: "never late" is no no to "were you paid on time?", while "no, always late" is."""
    late = [
        at
        for at, part in enumerate(parts)
        if any(lexicon.topics.get(word) in COMPLAINTS for word in (part, *part.split(" "))) or _is_bad(part, lexicon)
    ]
    for at in said if late else ():
        before = at < late[-1] and lexicon.says(parts[at], Sense.NEGATION_BEFORE, Sense.NONE)
        behind = at - 1 in late and lexicon.says(parts[at], Sense.NEGATION_AFTER, Sense.NONE)
        if _says_never(parts[at], lexicon) or before or behind:
            return True
    return False


def _is_bad(part: str, lexicon: Lexicon) -> bool:
    """Whether a phrase says no to questions of one kind without any "not" in it: "hungry", "of my own will"."""
    if not lexicon.of(Sense.ECHO_NO).get(part):
        return False
    negations = lexicon.of(Sense.NEGATION)
    signs = is_unspaced(part) and any(part.startswith(form) for form in negations if is_unspaced(form))
    return not signs and not any(word in negations for word in part.split(" "))


def _says_never(part: str, lexicon: Lexicon) -> bool:
    """Whether a no is a never, or a nobody."""
    return lexicon.of(Sense.OFTEN).get(part) == 0 or lexicon.topics.get(part) == "nobody"


def _turned(value: bool, said: list[int], parts: list[str], asked: Asked) -> bool:
    """Whether words beside a yes or a no leave it in doubt: "yes, not paid", "yes but", "not always"."""
    lexicon, first = asked.lexicon, said[0]
    others = [part for part in parts if part not in asked.polar]
    if any(lexicon.says(part, Sense.UNSURE, Sense.REFUSE) for part in others):
        return True
    against = [part for part in others if asked.echoes.get(part, value) is not value]
    if value is False and len(parts) > _PAIR:
        against = [part for part in against if not lexicon.says(part, Sense.OFTEN)]  # "no, I am always tired"
    # "Nobody told us", and "no, never on time": what stands last denies what follows.
    denies = value is False and lexicon.says(parts[said[-1]], Sense.NEGATION)
    if denies and any(map(asked.echoes.pointed, against)):
        denies = any(_says_never(parts[at], lexicon) for at in said)  # "no they forced us" is no "nobody forced us"
    if value is False and lexicon.puts_verbs_last and is_of_another_verb(first, parts, asked):
        return True
    but = [
        part
        for part in others
        if lexicon.says(part, Sense.BUT)
        or (lexicon.says(part, Sense.EXCEPT) and not lexicon.says(part, Sense.NEGATION))
    ]
    if but or (against and (not denies or len(set(others)) < len(others))):
        return True  # "no, was paid", "some got some not"; while "nobody told us" is a no
    if any(halves(part, lexicon, yes=value) or (value and lexicon.says(part, Sense.NEGATION)) for part in others):
        return True
    if denies and first == len(parts) - 1 and _of_another_matter(parts[:first], asked):
        return True
    after = [part for part in parts[first + 1 :] if asked.echoes.get(part) is not False]  # "no, always late"
    behind = [word for part in after for word in (part, *part.split(" "))]
    # "Not always" and "not totally" are no no, while "toujours pas" is one.
    stressed = lexicon.phrases(Sense.STRESS).within(" ".join(parts[first + 1 :]).split(" ")) if denies else {}
    return denies and (
        any(lexicon.of(Sense.OFTEN).get(word, 0) >= _MOSTLY for word in behind) or any(stressed.values())
    )


def _of_another_matter(parts: list[str], asked: Asked) -> bool:
    """Whether a "not" at the end denies what neither the language nor the question knows: "ei number rahimer na".

    A word or two that nobody knows may be any verb and what goes with it.
    """
    if len(parts) <= _SHORT:
        return False
    telling = any(
        asked.lexicon.senses.get(part, frozenset()) - _SAYING_LITTLE or asked.speaks_of(part) for part in parts
    )
    return not telling and sum(part not in asked.lexicon.senses for part in parts) > 1


def _surely(parts: list[str], first: int, others: int, reply: Reply) -> float:
    if not others:
        return 0.95
    said = parts[first]
    # A letter in a script of its own that opens a reply is a word: Bengali "হ".
    short = len(said) <= _SHORT if is_unspaced(said) else len(said) == 1 and (first > 0 or said.isascii())
    # Without blanks nobody can tell a short word from a part of a longer one.
    if short and not all(part in reply.lexicon.senses for part in parts):
        return 0.6
    return 0.8 if first == 0 or (first <= _NEAR and others <= _NEAR) else 0.6
