"""Where a request came from, and where it may be sent on to."""

from urllib.parse import urlsplit


def local_path(address: str) -> str:
    """The address, if it is a path of this site and nothing else; else the front page."""
    parts = urlsplit(address) if address.isascii() and address.isprintable() else None
    # A browser reads `//host` and `/\host` as another site.
    if parts is None or parts.scheme or parts.netloc or "\\" in address or not address.startswith("/"):
        return "/"
    return "/" if address.startswith("//") else address


def prefers_page(accept: str) -> bool:
    """Whether an `Accept` names HTML and no form of JSON before it; `*/*` alone is no wish for a page."""
    weights = {kind: weight for kind, weight in map(_weighed, accept.split(",")) if weight > 0}
    others = [weight for kind, weight in weights.items() if kind.endswith(("/json", "+json"))]
    return "text/html" in weights and weights["text/html"] >= max(others, default=0.0)


def _weighed(entry: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().casefold() for part in entry.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0
