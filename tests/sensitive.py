"""What no text may say on a phone that others read too: the words of grave cries and grave topics, by language."""

from collections import Counter
from functools import cache

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Sensitivity
from app.domain.understanding import cries_in, fold, tokens
from app.domain.understanding.cutting import is_unspaced
from app.domain.understanding.lexicon import Lexicons

CATALOGUE = load_catalogue()
LANGUAGES = sorted(CATALOGUE.texts)

_OFTEN, _RARELY = 5, 20
_GRAVE_TOPICS = frozenset({"violence", "harassment"})
# Words of cries that say nothing by themselves: the phone that was taken, and is called; "life", of "working life";
# "paper", "home", "small", "more", "ask", "from", "over", "us", "received", "here"; Arabic for where workers live;
# Vietnamese pronouns without their marks.
_EVERYDAY = {
    "am": "ህይወት", "ar": "السکن", "bn": "ফোন জীবন নিযে শেষ", "en": "life here", "es": "vida", "fil": "buhay sarili",
    "fr": "vie", "ha": "waya", "hi": "फोन हमें", "ht": "lavi mande", "ne": "हामीलाई", "pt": "mais vida", "rw": "ubuzima telefone",
    "si": "කරන්නේ හොඳයි ගෙදර", "so": "nolosha noo", "sw": "kutoka maisha simu hati", "tr": "kucuk aldi", "ur": "فون ہمیں",
    "vi": "ban chung muon song the", "yo": "aye foonu",
}  # fmt: skip


@cache
def grave_words(language: str) -> frozenset[str]:
    """Words of three letters and more that stand in many cries of high sensitivity and hardly in any other."""
    grave, others = Counter[str](), Counter[str]()
    for cry in CATALOGUE.lexicons[language].cries:
        (grave if cry.sensitivity is Sensitivity.HIGH else others).update(set(cry.words))
    words = {word for word, n in grave.items() if n >= _OFTEN and others[word] * _RARELY < n and len(word) > 2}
    return frozenset(words) - frozenset(_EVERYDAY.get(language, "").split())


@cache
def _grave_forms(language: str) -> tuple[str, ...]:
    topics = CATALOGUE.lexicons[language].topics
    return tuple(form for form, topic in topics.items() if topic in _GRAVE_TOPICS)


@cache
def _heard_here(language: str) -> Lexicons:
    return Lexicons({tongue: CATALOGUE.lexicons[tongue] for tongue in {language, "en"}})


def hints(text: str, language: str) -> list[str]:
    """The words of a text that name a need of the high tier, or hint at one, to whoever reads the language."""
    words = tokens(fold(text))
    spaced, joined = f" {' '.join(words)} ", "".join(words)
    return [
        *sorted(grave_words(language) & set(words)),
        *(form for form in _grave_forms(language) if (form in joined if is_unspaced(form) else f" {form} " in spaced)),
        *(" ".join(cry.words) for cry in cries_in(text, language, _heard_here(language))),
    ]
