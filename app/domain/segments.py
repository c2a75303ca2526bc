"""What a text costs: its encoding, its code units, and the number of segments a carrier bills."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

import regex

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of GSM 03.38 (3GPP TS 23.038, 6.2.1): one septet each."""

GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Its extension table (3GPP TS 23.038, 6.2.1.1): an escape and a septet, which may not be parted."""


class Encoding(StrEnum):
    """How a text travels; one character outside GSM 03.38 turns the whole text into UCS-2."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


class SplitPolicy(StrEnum):
    """Where a carrier may cut a UCS-2 text: only between grapheme clusters (Twilio), or between characters (Kannel)."""

    GRAPHEME = "grapheme"
    CODE_UNIT = "code-unit"


@dataclass(frozen=True, slots=True)
class Segments:
    """A text's bill: `units` are septets in GSM-7 and UTF-16 code units in UCS-2, headers not counted."""

    encoding: Encoding
    units: int
    count: int


_ALONE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
# Six octets of each joined part tell the phone how to put them together (3GPP TS 23.040, 9.2.3.24.1).
_JOINED = {Encoding.GSM7: 153, Encoding.UCS2: 67}

# Unicode 10's classes E_Base and E_Base_GAZ with Glue_After_Zwj (GraphemeBreakProperty-10.0.0.txt).
_BASE = (
    r"\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443"
    r"\U0001f446-\U0001f450\U0001f466-\U0001f469\U0001f46e\U0001f470-\U0001f478\U0001f47c\U0001f481-\U0001f483"
    r"\U0001f485-\U0001f487\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596\U0001f645-\U0001f647"
    r"\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f918-\U0001f91c\U0001f91e\U0001f91f"
    r"\U0001f926\U0001f930-\U0001f939\U0001f93d\U0001f93e\U0001f9d1-\U0001f9dd"
)
_GLUED = (
    r"\u2640\u2642\u2695\u2696\u2708\u2764\U0001f308\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed"
    r"\U0001f466-\U0001f469\U0001f48b\U0001f4bb\U0001f4bc\U0001f527\U0001f52c\U0001f5e8\U0001f680\U0001f692"
)
_CLUSTER = regex.compile(rf"\r|\n|\X(?:(?<=\u200d)(?=[{_GLUED}])\X)*")
# Twilio's calculator follows Unicode 10, where a conjunct (ক্ষ, ខ្ញុំ) may be cut behind its linking sign; \X follows
# rule GB9c of Unicode 15.1 and would not. Thai and Lao AM are letters that stay with the mark before them in both.
# In Unicode 10 a skin tone stays with the emoji that take one, and a joiner with those it glues; later they are more.
_SKIN = r"[\U0001f3fb-\U0001f3ff]"
_CONJUNCT = r"(?<=[\p{M}\u200d])(?=(?!\p{GCB=SM})\p{Lo})"
_CUT = regex.compile(rf"(?V1){_CONJUNCT}")
_CUT_EMOJI = regex.compile(
    rf"(?V1){_CONJUNCT}|(?<!\p{{GCB=Prepend}}|[{_BASE}][\p{{GCB=Extend}}--{_SKIN}]*)(?={_SKIN})"
    rf"|(?<=\u200d)(?=\p{{Extended_Pictographic}})(?![{_GLUED}])"
)


@lru_cache(maxsize=1024)  # a question is the same text to a thousand people
def segments(text: str, policy: SplitPolicy) -> Segments:
    r"""Counts the segments of a text.

    160 septets or 70 code units fit one message; joined parts hold 153 or 67 (3GPP TS 23.040). An extension
    character and a surrogate pair are never cut. A cluster too large for a whole part is cut between characters.
    An empty text counts as one.

    Args:
        text: What is to be sent, rendered.
        policy: Where this carrier cuts; it matters to UCS-2 texts alone.
    """
    encoding = Encoding.GSM7 if GSM_BASIC.union(GSM_EXTENDED).issuperset(text) else Encoding.UCS2
    sizes = list(_septets(text) if encoding is Encoding.GSM7 else _code_units(text, policy))
    total = sum(sizes)
    if total <= _ALONE[encoding]:
        return Segments(encoding, total, 1)
    return Segments(encoding, total, _parts(sizes, _JOINED[encoding]))


def _septets(text: str) -> Iterable[int]:
    return (2 if character in GSM_EXTENDED else 1 for character in text)


def _code_units(text: str, policy: SplitPolicy) -> Iterable[int]:
    """The sizes, in UTF-16 code units, of the pieces that stay whole."""
    if policy is SplitPolicy.CODE_UNIT:
        return map(_width, text)
    return chain.from_iterable(map(_pieces, _clusters(text)))


def _clusters(text: str) -> Iterable[str]:
    # Few texts hold emoji, and looking for their rules takes a third longer.
    cut = _CUT if max(text) <= "\uffff" else _CUT_EMOJI
    return chain.from_iterable(cut.split(cluster) for cluster in _CLUSTER.findall(text))


def _pieces(cluster: str) -> list[int]:
    widths = [_width(character) for character in cluster]
    whole = sum(widths)
    return [whole] if whole <= _JOINED[Encoding.UCS2] else widths


def _width(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1  # noqa: PLR2004 - the last code point of the basic plane


def _parts(sizes: Iterable[int], room: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return count
