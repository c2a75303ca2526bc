"""Virtual workers: a crowd that answers as people do, the same way for the same seed."""

from app.carriers.people.crowd import Crowd, TypedText
from app.carriers.people.personas import Persona

__all__ = ["Crowd", "Persona", "TypedText"]
