"""A phone as a gateway: the open app SMS Gateway for Android, on the phone itself or through its server.

Its API and webhooks are described at https://docs.sms-gate.app. Our id is the message's id there, and a server that has
it answers 409: a POST may be repeated without a second text, so what a lost answer leaves open can be asked again.
"""

from app.carriers.android.carrier import CLOUD, AndroidCarrier, AndroidSettings

__all__ = ["CLOUD", "AndroidCarrier", "AndroidSettings"]
