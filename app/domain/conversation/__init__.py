"""The conversation: pure state, replies in, effects out."""

from app.domain.conversation.engine import advance, begin, expire, reached, remind, unprompted
from app.domain.conversation.model import (
    Close,
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Effect,
    Ending,
    Flag,
    Purpose,
    Record,
    Script,
    Send,
    Stage,
    SwitchLanguage,
)

__all__ = [
    "Close",
    "Consent",
    "ConsentAct",
    "Conversation",
    "Decide",
    "Effect",
    "Ending",
    "Flag",
    "Purpose",
    "Record",
    "Script",
    "Send",
    "Stage",
    "SwitchLanguage",
    "advance",
    "begin",
    "expire",
    "reached",
    "remind",
    "unprompted",
]
