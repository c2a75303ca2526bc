"""Vonage: its SMS API, and its webhooks by their signature."""

from app.carriers.vonage.carrier import VonageCarrier, VonageSettings
from app.carriers.vonage.webhooks import SignatureMethod

__all__ = ["SignatureMethod", "VonageCarrier", "VonageSettings"]
