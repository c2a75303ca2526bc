"""No worker can be found in a table: which cells of a round may be shown.

A round is a total of countries, a country a total of sites. Whoever reads the shown cells can subtract them from one
another, and what can be got so is exactly this: for each shown total, the **rest** that its shown parts leave, and
sums of such rests. So the rule is put on the rests, a shown cell without shown parts being its own rest:

- a rest holds at least k people, and not all of one score;
- so do the people a rest has gained since the last publication; or nothing in it has changed, and it was a rest then.

From this it follows, and the tests play the intruder to see that it does:

- no hidden cell with people in it is determined: what it may hold spans at least k people, and its sum is open too;
- no combination of figures, of one publication or of several, tells of fewer than k people, while people only come. An
  erasure or a correction can still show in the difference of two publications that fall on both sides of it;
- an empty cell needs no cover, for nobody is in it.

What does not follow: nothing is claimed of a reader who knows some answers from elsewhere, of one indicator's n against
another's (the same people answer both), or of a reader who is told *why* a cell is hidden: "uniform" and "too few" are
themselves an answer. Reasons are for the NGO; a brand is told only that a cell is protected.

For complementary suppression see Willenborg & de Waal, Elements of Statistical Disclosure Control (2001).
"""

from app.domain.disclosure.model import (
    DEFAULT_THRESHOLD,
    LEAST_THRESHOLD,
    Cell,
    DisclosureError,
    Key,
    Suppression,
)
from app.domain.disclosure.rule import indicators_with_news, may_replace, suppress

__all__ = [
    "DEFAULT_THRESHOLD",
    "LEAST_THRESHOLD",
    "Cell",
    "DisclosureError",
    "Key",
    "Suppression",
    "indicators_with_news",
    "may_replace",
    "suppress",
]
