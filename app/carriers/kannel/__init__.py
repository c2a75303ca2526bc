"""Kannel, the gateway that NGOs and aggregators run themselves: texts by its sendsms, webhooks by secrets in their path."""

from app.carriers.kannel.carrier import KannelCarrier
from app.carriers.kannel.settings import KannelSettings, post_url, sms_service

__all__ = ["KannelCarrier", "KannelSettings", "post_url", "sms_service"]
