"""Options by what they are about: "my foreman told me" for "supervisor", "salary always comes late" for "late pay"."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.understanding.asked import Asked
from app.domain.understanding.choices import LONG_SENTENCE, TOO_SHORT, answer, denied, idle
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Lexicon, Sense
from app.domain.understanding.model import Method, Understanding
from app.domain.understanding.reply import Reply
from app.domain.understanding.slips import nearest

_LIGHT = (Sense.ECHO_YES, Sense.OFTEN, Sense.UNIT, Sense.APPROX, Sense.OF, Sense.AND, Sense.POLITE)
PEOPLE = frozenset(
    {
        "supervisor", "manager", "personnel", "union", "committee", "coworker", "friend", "family", "neighbour",
        "nobody", "poster", "media", "organisation", "doctor", "police", "recruiter", "lawyer",
    }
)  # fmt: skip
"""The topics that answer "who": of two, neither is left out."""
_NOBODY = "nobody"
_ANYBODY = frozenset({"friend", "coworker"})  # "a friend of the union" is one
HARMS = frozenset(
    {
        "late", "little", "long", "deduction", "heat", "cold", "shouting", "violence", "harassment", "noise", "accident",
        "chemicals", "sickness", "pressure", "debt", "dirt", "overtime",
    }
)  # fmt: skip
"""What does harm, by whatever name; nobody praises it, and beside a verb of the question it is no word of the question."""
_HOW = frozenset({"late", "little", "long"})
"""What is said of things: "too much" beside heat speaks of no long hours."""
_TOO_MUCH = frozenset({"long"})
_SLIPPABLE = 6  # letters of a word that may be a misspelt topic


@dataclass(frozen=True, slots=True)
class About:
    """The topics of some words, and the words that name none."""

    topics: frozenset[str]
    rest: tuple[str, ...]

    def options(self, asked: Asked) -> dict[int, frozenset[str]]:
        """The options that are about these topics, with them; of two, one inside the other, the larger."""
        if not self.topics:
            return {}
        inside = {
            code: max(told, key=len)
            for code, ways in asked.topics.items()
            if (told := [topics for topics in ways if topics <= self.topics])
        }
        return {code: topics for code, topics in inside.items() if not any(topics < other for other in inside.values())}


def about(words: Sequence[str], asked: Asked) -> About:
    """What the words are about; a longer word nobody knows may be a topic misspelt."""
    lexicon = asked.lexicon
    topics: set[str] = set()
    rest: list[str] = []
    for part, named in lexicon.cut_by_topics(words):
        if named:
            topics.add(lexicon.topics[part])
        else:
            slip = _misspelt(part, asked)
            rest.append(part) if slip is None else topics.add(slip)
    return About(frozenset(topics), tuple(rest))


def _misspelt(word: str, asked: Asked) -> str | None:
    if len(word) < _SLIPPABLE or not word.isalpha():
        return None
    slip = nearest(word, asked.near.topics, asked.lexicon)
    return slip.value if slip is not None and isinstance(slip.value, str) else None


def about_reply(reply: Reply, asked: Asked) -> About:
    """What a whole reply is about: a particle may belong to a topic, and scripts without blanks are cut by topics too."""
    if not asked.topics:
        return About(frozenset(), ())
    return about(tokens(reply.folded) if any(map(is_unspaced, reply.core)) else reply.words, asked)


def by_topic(found: About, options: Sequence[int], asked: Asked) -> Understanding | None:
    """The one option that is about what the reply is about."""
    options = options or _partly(found, asked)
    if (
        len(options) != 1
        or denied(found.rest, asked.lexicon)
        or len(_strangers(found.rest, asked.lexicon)) > LONG_SENTENCE
    ):
        return None
    return answer(options[0], Method.WORD, 0.8, " ".join(sorted(found.topics)))


def names_two(reply: Reply, found: About, options: Sequence[int], asked: Asked) -> bool:
    """Whether a reply names somebody beside the one on offer: "my husband saw the poster", "the supervisor and my aunt"."""
    covered = _topics_of(options, asked) & PEOPLE
    if not covered:
        return False
    others = (found.topics & PEOPLE) - covered
    lexicon = asked.lexicon
    sides: list[bool | None] = [None]  # of each side of an "and": whether it names the one on offer
    for part, named in lexicon.cut_by_topics(reply.words):
        if not named and lexicon.says(part, Sense.AND, Sense.OR):
            sides.append(None)
        elif named and lexicon.topics[part] in covered:
            sides[-1] = True
        elif named or not (idle(part, lexicon) or lexicon.says(part, *_LIGHT)):
            sides[-1] = bool(sides[-1])
    return bool(others - _ANYBODY) or False in sides[1:] or (len(sides) > 1 and sides[0] is False)


def names_a_part(found: About, options: Sequence[int], asked: Asked) -> bool:
    """Whether beside the one option stands a part of another: "salaire et chaleur", of low pay and heat."""
    others = found.topics - _topics_of(options, asked) - _HOW if options else frozenset[str]()
    return bool(others) and any(others & topics for ways in asked.topics.values() for topics in ways)


def names_somebody(found: About, words: Sequence[str], asked: Asked) -> bool:
    """Whether an article makes somebody of nobody: French "personne" is nobody, and "une personne" is one."""
    if _NOBODY not in found.topics:
        return False
    lexicon = asked.lexicon
    beside = [part for part, named in lexicon.cut_by_topics(words) if not named]
    return any(part in lexicon.of(Sense.ARTICLE) or lexicon.of(Sense.NUMBER).get(part) == 1 for part in beside)


def is_part(form: str, words: Sequence[str], asked: Asked) -> bool:
    """Whether a form stands in the words only inside a longer name of a topic."""
    parts = asked.lexicon.cut_by_topics(words)
    return not any(form in {part, *([] if named else part.split(" "))} for part, named in parts)


def _topics_of(options: Sequence[int], asked: Asked) -> frozenset[str]:
    return frozenset(topic for code in options for topics in asked.topics[code] for topic in topics)


def names_another(found: About, options: Sequence[int], asked: Asked) -> bool:
    """Whether the reply is about something that is not on offer, though one of its words is: "low pay" for "late pay"."""
    return bool(found.topics) and not options and not _partly(found, asked)


def _partly(found: About, asked: Asked) -> list[int]:
    """The option of two topics that a reply names by one of them, and nothing beside: "deri" for "late pay"."""
    if not found.topics or not all(idle(word, asked.lexicon) for word in found.rest):
        return []
    return [code for code, ways in asked.topics.items() if any(found.topics <= topics for topics in ways)]


def praises(reply: Reply, asked: Asked) -> bool:
    """Whether a reply says of something that it is good, in words that are no option's: "the food is good".

    What only does harm nobody praises: a word for good beside it says something else.
    """
    lexicon = asked.lexicon
    degrees = lexicon.phrases(Sense.DEGREE)
    if Sense.DEGREE not in reply.hints or not degrees.begin(reply.core) or about_reply(reply, asked).topics & HARMS:
        return False
    parts = [part for part, known in degrees.cut(reply.core) if known and part not in asked.exact.words]
    good = any(degrees[part] > 0 for part in parts)
    return good or any(" " in part and lexicon.says(part, Sense.ACKNOWLEDGE) for part in parts)  # Urdu "theek hai"


def is_article(word: str, following: str, asked: Asked) -> bool:
    """Whether a spelled "one" stands before a word that names something: French "un avocat" names no first option."""
    if asked.lexicon.of(Sense.NUMBER).get(word) != 1:
        return False
    return following in asked.exact.words or following in asked.distinct or following in asked.lexicon.topics


def names_a_thing(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether words name something that begins as if it were polite: Urdu "bas" is just, "bas ka masla" the bus."""
    if not any(lexicon.says(word, Sense.POLITE) for word in words):
        return False
    parts = lexicon.cut_by_topics(words)
    return any(named and " " in part and lexicon.says(part.split(" ")[0], Sense.POLITE) for part, named in parts)


def listed_topics(words: Sequence[str], asked: Asked, strange: int) -> list[int] | None:
    """The options that some words of a list are about; None where anything else may be meant by them.

    `strange` is how many longer words that nobody knows may stand among them.
    """
    if not asked.topics:
        return None
    found = about(words, asked)
    if denied(found.rest, asked.lexicon):  # Urdu "chutti bhi nahi mili", no leave either
        found = about([word for word in words if not asked.lexicon.says(word, Sense.FILLER)], asked)
    options = found.options(asked)
    covered = frozenset[str]().union(*options.values())
    others = found.topics - covered
    if covered.isdisjoint(PEOPLE):
        others -= PEOPLE | _TOO_MUCH  # "the supervisor shouts a lot", of what goes wrong
    if not options or others or denied(found.rest, asked.lexicon):
        return None
    return sorted(options) if len(_strangers(found.rest, asked.lexicon)) <= strange else None


def _strangers(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """The words that may say something of their own: neither light ones nor particles."""
    strange = [
        word for word in words if len(word) > TOO_SHORT and not idle(word, lexicon) and not lexicon.says(word, *_LIGHT)
    ]
    if not strange:
        return strange
    phrases = [part for part, _ in lexicon.every.cut(words) if " " in part and lexicon.says(part, *_LIGHT)]
    light = {word for phrase in phrases for word in phrase.split(" ")}  # Urdu "hoti hai", it is
    return [word for word in strange if word not in light]


def unglued(words: Sequence[str], asked: Asked) -> tuple[str, ...]:
    """The words with every "and" that is glued to a word of an option cut off: "والصراخ" for "الصراخ"."""
    if not any(asked.lexicon.glued):
        return tuple(words)
    return tuple([_bare(word, asked) or word for word in words])


def _bare(word: str, asked: Asked) -> str | None:
    if word in asked.bare or word in asked.lexicon.topics:
        return None
    before, after = asked.lexicon.glued
    for glued in before:
        rest = word[len(glued) :]
        if word.startswith(glued) and (rest in asked.bare or rest in asked.lexicon.topics):
            return asked.bare.get(rest, rest)
    for glued in after:
        rest = word[: -len(glued)]
        if word.endswith(glued) and (rest in asked.bare or rest in asked.lexicon.topics):
            return asked.bare.get(rest, rest)
    return None
