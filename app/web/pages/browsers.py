"""Which browser asks, in the few words by which people know their own, and from which network address."""

from fastapi import Request

# In this order, for each names those after it too.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"))  # fmt: skip


def browser_of(request: Request) -> str:
    """`Firefox, Android`; empty for what is none we know."""
    agent = request.headers.get("user-agent", "")
    found = [next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)


def address_of(request: Request) -> str:
    """The network address, as the proxy that we trust tells it; for counting tries, and kept nowhere."""
    return request.client.host if request.client else ""
