"""Whom the figures tell of: people are admitted to a figure by groups of k, never one by one."""

from app.domain.disclosure.model import Key, Ledger, Rule, Stock, Sums, minus, plus, together


def admit(stock: Stock, ledger: Ledger, rule: Rule, *, closed: bool) -> Ledger:
    """Add whoever has come to the figures, where there are enough of them.

    A site's newcomers wait until they are a group that may be told of, and only then count in the site's figure and in
    every total. When the round is closed, those who still wait are put together: a supplier's, else a country's, else
    the round's, and count in the totals from there on. The few that are left over count nowhere.

    Args:
        stock: everybody with a score, by site.
        ledger: whom the figures tell of so far.
        rule: what a group must be like.
        closed: whether nobody is expected any more.
    """
    ledger = ledger.by(stock.columns)
    none = (0,) * 3 * len(stock.columns)
    sites, pools, pooled = dict(ledger.sites.places), dict(ledger.pools.places), dict(ledger.pooled.places)
    waiting: dict[Key, Sums] = {}
    for key, sums in stock.places.items():
        known = sites.get(key, none)
        came = minus(minus(sums, known), pooled.get(key, none))
        if rule.ripe(came[:3], sums[:3]):
            sites[key] = plus(known, came)
        elif any(came):
            waiting[key] = came
    if closed:
        for place, members in _pools(waiting, rule):
            pools[place] = plus(pools.get(place, none), together([waiting[key] for key in members]))
            for key in members:
                pooled[key] = plus(pooled.get(key, none), waiting[key])
    columns = stock.columns
    return Ledger(Stock(columns, sites), Stock(columns, pools), Stock(columns, pooled), ledger.split)


def _pools(waiting: dict[Key, Sums], rule: Rule) -> list[tuple[Key, list[Key]]]:
    """Who can be put together, as near to their sites as may be."""
    found: list[tuple[Key, list[Key]]] = []
    left = set(waiting)
    for depth in range(max(map(len, waiting), default=0) - 1, -1, -1):
        for place in sorted({key[:depth] for key in left if len(key) > depth}):
            members = sorted(key for key in left if key[:depth] == place)
            group = together([waiting[key][:3] for key in members])
            if rule.ripe(group, group):
                found.append((place, members))
                left -= set(members)
    return found
