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
    """Wired once at the entry point; the clock is not in it, because time is an argument."""

    database: Database
    vault: Vault
    carriers: Mapping[str, Carrier]
    catalogue: Catalogue
    tally: Tally = field(default_factory=Tally, compare=False)
