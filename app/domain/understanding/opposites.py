"""The opposite of what a yes/no question asks for, in a word of its own: "late" to "were you paid on time?"."""

from app.domain.understanding.asked import Asked
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.folding import tokens
from app.domain.understanding.lexicon import Sense
from app.domain.understanding.model import Method, Outcome, Understanding
from app.domain.understanding.reply import Reply

_PAID = 11  # as docs/lexicons.md lists what questions are about
_STEM = 4  # letters of a word that the question says too, in whatever form
_MOSTLY = 3  # as the tables say how often
_SPANS = frozenset(range(1, 7))  # minute to year, as the tables class units: "late one week"
_BESIDE = (Sense.POLITE, Sense.FILLER)
_TURNING = (
    Sense.YES, Sense.NO, Sense.NEGATION, Sense.NONE, Sense.EXCEPT, Sense.BUT, Sense.UNSURE, Sense.REFUSE, Sense.HALF,
    Sense.CORRECTION,
)  # fmt: skip


def opposed(reply: Reply, asked: Asked) -> Understanding | None:
    """A no of a word for lateness, where being on time was asked for: "paid late", "always late".

    "Sometimes late" says neither, "sorry, late" may be of the reply, and whatever else is said is asked again.
    """
    echoes, lexicon = asked.echoes, asked.lexicon
    if not echoes.may_be_late(reply.words) or "?" in reply.folded:
        return None
    if all(known for _, known in lexicon.phrases(Sense.POLITE).cut(reply.core)):
        return None
    words = tokens(reply.folded) if any(map(is_unspaced, reply.core)) else reply.core
    parts = [part for part, _ in lexicon.cut_by_topics(words)]
    late = [part for part in parts if echoes.late(part)]
    rest = [part for part, _ in lexicon.every.cut([part for part in parts if not echoes.late(part)])]
    if not late or not all(_goes_along(part, asked) for part in rest):
        return None
    return Understanding(Outcome.ANSWER, False, Method.WORD, 0.8, late[0])  # noqa: FBT003


def _goes_along(part: str, asked: Asked) -> bool:
    """Whether a part beside "late" leaves it as it is: a verb of the question, "the pay", "always"."""
    lexicon, echoes = asked.lexicon, asked.echoes
    often = lexicon.of(Sense.OFTEN).get(part)
    if often is not None:
        return often >= _MOSTLY
    if lexicon.says(part, *_TURNING):
        return False
    themes = {*asked.themes, "pay"} if _PAID in echoes.subjects else asked.themes
    lasts = any(lexicon.of(sense).get(part, 0) in _SPANS for sense in (Sense.RATE, Sense.UNIT))
    given_back = len(part) >= _STEM and f" {part[:_STEM]}" in f" {asked.asked_words}"
    return (
        lexicon.says(part, *_BESIDE)
        or lexicon.topics.get(part) in themes
        or echoes.get(part) is True
        or given_back
        or lasts
    )
