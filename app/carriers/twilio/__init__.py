"""Twilio: its Messages API by the official client, its webhooks by their signature."""

from app.carriers.twilio.carrier import TwilioCarrier, TwilioSettings

__all__ = ["TwilioCarrier", "TwilioSettings"]
