"""An aggregator that nobody wrote code for: a definition says how it is spoken to, and what it says means."""

from app.carriers.generic.carrier import GenericCarrier, GenericSettings
from app.carriers.generic.checking import parse_definition, read_definition

__all__ = ["GenericCarrier", "GenericSettings", "parse_definition", "read_definition"]
