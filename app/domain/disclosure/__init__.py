"""No worker can be found in a table: whom the published figures of a round may tell of.

Figures are not hidden from a finished table, which leaves something to be subtracted; they are **made of groups** that may
be told of by themselves. Every figure ever published is a sum of such groups, and nothing but these groups can be worked
out of any sums and differences of figures, whichever total, filter, site or day they are of.

1. People are admitted to a site's figure by groups: newcomers wait until they are at least k and not all, or all but one,
   of one mind (of money: none holds most of it), and then count in the site and in every total. So no figure changes by
   fewer than k people. Whoever was looked at in vain is looked at again with k more. An erasure or a correction waits
   with the newcomers: k people more must come than went.
2. When the round closes, those who still wait are put together, as near to their sites as may be, and count in the totals
   from there on, unless their sum and the reason why each waited gave an answer away. The rest count nowhere.
3. Filters are told once, when the round has closed, from a fixed lattice (`lattice.py`). Again people are put together
   until each category of a group may be told of. Of a group nothing is known but its margins: each site's sums as a whole,
   each category's sums over the group. A reader can bound how many of a site are of a category (Fréchet), counting those
   at either end of the scale by themselves; that span must hold at least k people, for each site and each total within.
4. Response rates are published as one more indicator, by the same rule: not where fewer than k answered, nor where all did.
5. Counts are rounded to five, shares to the per cent, means to a thousandth of their scale, moments to the hour; the
   proofs do not lean on it.

Claimed, and tried by an intruder with a linear solver in the tests: no combination of published figures gives the n or Σx
of fewer than k people; the count of a hidden cell of the lattice stays open by at least k people; of no hidden cell is
the sum of scores given; and of figures for everybody, whoever knows this rule and how many answered where and when still
does not know that all of some people gave the same answer.

Not claimed: anything of a reader who knows answers from elsewhere, as k - 1 friends of a worker do; that nothing can be
guessed (of a group at 95 % most are of one mind); what is hidden of a filter, to whoever knows the size of each category;
what the width of an interval tells of the spread beyond n and Σx; that two rounds cannot be compared person by person by
whoever knows who answered both; one indicator's sums against those of another that is made of the same question and more,
where a few did not answer the rest (they are rounded); and a reader who is told *why* a cell is hidden: "uniform" is itself
an answer. Reasons are for the programme; a brand is told only that a cell is protected.

For the terms see Willenborg & de Waal, Elements of Statistical Disclosure Control (2001); for the bounds Dobra & Fienberg,
Proc. Natl. Acad. Sci. 97 (2000) 11885-11892.
"""

from app.domain.disclosure.lattice import PLACES, SPLITS, Split
from app.domain.disclosure.model import (
    DEFAULT_THRESHOLD,
    LEAST_THRESHOLD,
    MILLIONTHS,
    OTHERS,
    Cell,
    Column,
    DisclosureError,
    Key,
    Ledger,
    Rule,
    Stock,
    Sums,
    Suppression,
    level_of,
)
from app.domain.disclosure.rule import Group, Measured, Protected, protect

__all__ = [
    "DEFAULT_THRESHOLD",
    "LEAST_THRESHOLD",
    "MILLIONTHS",
    "OTHERS",
    "PLACES",
    "SPLITS",
    "Cell",
    "Column",
    "DisclosureError",
    "Group",
    "Key",
    "Ledger",
    "Measured",
    "Protected",
    "Rule",
    "Split",
    "Stock",
    "Sums",
    "Suppression",
    "level_of",
    "protect",
]
