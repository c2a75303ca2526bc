"""Whom the figures tell of: people are admitted to a figure by groups of k, never one by one."""

from collections.abc import Sequence
from typing import Final

from app.domain.disclosure.model import Key, Ledger, Rule, Stock, Sums, minus, plus, together


def admit(stock: Stock, ledger: Ledger, rule: Rule, *, closed: bool) -> Ledger:
    """Add whoever has come to the figures, where there are enough of them.

    A site's newcomers wait until they are a group that may be told of, and only then count in the site's figure and in
    every total. They are looked at again when k more have come: else the one whose answer made the difference would be
    known by the day. When the round is closed, those who still wait are put together: a supplier's, else a country's,
    else the round's, and count in the totals from there on. The few that are left over count nowhere.

    Args:
        stock: everybody with a score, by site.
        ledger: whom the figures tell of so far.
        rule: what a group must be like.
        closed: whether nobody is expected any more.
    """
    ledger = ledger.by(stock.columns)
    none = (0,) * 3 * len(stock.columns)
    sites, pools, pooled = dict(ledger.sites.places), dict(ledger.pools.places), dict(ledger.pooled.places)
    judged: dict[Key, Sums] = {}
    waiting: dict[Key, Sums] = {}
    for key, sums in stock.places.items():
        known = sites.get(key, none)
        came = minus(minus(sums, known), pooled.get(key, none))
        before = ledger.judged.get(key, _NOBODY)
        due = rule.kind == "response" or came[0] - before[0] >= rule.k
        if due and rule.ripe(came[:3], sums[:3]) and _open([(came[:3], before)], rule):
            sites[key] = plus(known, came)
        elif any(came):
            waiting[key] = came
            if (seen := came[:3] if due else before) != _NOBODY:
                judged[key] = seen
    if closed:
        for place, members in _pools(waiting, judged, rule):
            pools[place] = plus(pools.get(place, none), together([waiting[key] for key in members]))
            for key in members:
                pooled[key] = plus(pooled.get(key, none), waiting[key])
                judged.pop(key, None)
    columns = stock.columns
    return Ledger(Stock(columns, sites), Stock(columns, pools), Stock(columns, pooled), judged, ledger.split)


_NOBODY: Final = (0, 0, 0)


def _open(members: Sequence[tuple[Sums, Sums]], rule: Rule) -> bool:
    """Whether the sum of some groups leaves open what those in them said, for a reader who knows why each was hidden.

    Whoever was judged is known to stand at an end of the scale, but for what one person makes up; whoever was not may have
    said anything. The sum must be as far as one person from the least and from the most that this could come to.

    Args:
        members: those who wait at each site, and of them whoever was judged.
        rule: what a group must be like.
    """
    if rule.kind != "score":
        return True
    span = rule.person
    above = room = 0
    for everybody, judged in members:
        low, high = rule.masses(judged)
        if min(low, high) > span:  # all of one score in the middle
            known, doubt = low, 0
        else:
            known, doubt = (max(0, judged[0] - 1) * span if high < low else 0), min(1, judged[0])
        above += rule.masses(everybody)[0] - known
        room += (everybody[0] - judged[0] + doubt) * span
    return span <= above <= room - span


def _pools(waiting: dict[Key, Sums], judged: dict[Key, Sums], rule: Rule) -> list[tuple[Key, list[Key]]]:
    """Who can be put together, as near to their sites as may be."""
    found: list[tuple[Key, list[Key]]] = []
    left = set(waiting)
    for depth in range(max(map(len, waiting), default=0) - 1, -1, -1):
        for place in sorted({key[:depth] for key in left if len(key) > depth}):
            members = sorted(key for key in left if key[:depth] == place)
            group = together([waiting[key][:3] for key in members])
            known = [(waiting[key][:3], judged.get(key, _NOBODY)) for key in members]
            # Alone in it, a site that waits would be told of all the same.
            if len(members) > 1 and rule.ripe(group, group) and _open(known, rule):
                found.append((place, members))
                left -= set(members)
    return found
