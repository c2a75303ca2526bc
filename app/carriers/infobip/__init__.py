"""Infobip: its SMS API, version 3 (https://www.infobip.com/docs/api/channels/sms).

`/sms/3/messages` is the latest, and named the successor of `/sms/2/text/advanced`. Our id is the message's id there: a
report and the logs name it, and a second submission under it is refused. Per-message webhooks are not signed, so
their addresses hold a secret.
"""

from app.carriers.infobip.carrier import InfobipCarrier, InfobipSettings

__all__ = ["InfobipCarrier", "InfobipSettings"]
