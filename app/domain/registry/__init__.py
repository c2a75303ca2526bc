"""The registry of local services, in the terms of Open Referral HSDS."""

from app.domain.registry.model import Location, Organization, Registry, Schedule, Service
from app.domain.registry.parse import parse_registry
from app.domain.registry.schedules import zone_of

__all__ = ["Location", "Organization", "Registry", "Schedule", "Service", "parse_registry", "zone_of"]
