"""What every use case is given: the store, the vault, the carriers and the shipped words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.carriers.protocol import Carrier
from app.catalogue.catalogue import Catalogue
from app.jobs.tallying import Tally
from app.store.database import Database
from app.store.vault import Vault


def never() -> bool:
    """Whether to stop, where nobody asks for it."""
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """Wired once at the entry point; the clock is not in it, because time is an argument.

    `public_url` is where people reach the pages, for links in letters; `audit_months` how long the trail is kept.
    """

    database: Database
    vault: Vault
    carriers: Mapping[str, Carrier]
    catalogue: Catalogue
    public_url: str = "http://127.0.0.1:8000"
    audit_months: int = 24
    tally: Tally = field(default_factory=Tally, compare=False)

    def address(self, path: str) -> str:
        """Where people reach a page, for a letter; `path` begins with a slash."""
        return f"{self.public_url.rstrip('/')}{path}"
