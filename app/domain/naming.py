"""What a text calls a service, on a phone that others read too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Called:
    """The names of a service: its own for texts, the one the NGO gave it that tells nothing, and where it is.

    `grave` says that it, or another service of its organization, is for the high tier: its own name may tell of that.
    """

    own: str
    discreet: str = ""
    city: str = ""
    grave: bool = False

    def told(self, unnamed: str) -> str:
        """Its name in a text; `unnamed` is what one is called that has none to tell, with a place for the `{city}`."""
        if self.discreet:
            return self.discreet
        return unnamed.format(city=self.city).strip() if self.grave else self.own
