"""Tries to sign in, counted before they are looked at, so that none is free because another runs beside it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.domain.lockout import Policy, Tries, is_refused, still_counted
from app.store.database import Store

_KEPT = timedelta(days=2)


async def count_try(store: Store, subjects: Mapping[bytes, Policy], now: datetime) -> bool:
    """Count a try as one that failed; False, and not counted, where it is refused unread.

    Args:
        store: the transaction.
        subjects: keyed hashes of whom and from where, with what holds for each.
        now: the moment.
    """
    await store.run("DELETE FROM sign_in_try WHERE last_at < :before", before=now - _KEPT)
    for subject in sorted(subjects):  # in one order, so that two tries never wait for each other
        await store.run(
            "INSERT INTO sign_in_try (subject, failures, last_at) VALUES (:subject, 0, :now) ON CONFLICT DO NOTHING",
            subject=subject, now=now,
        )  # fmt: skip
    rows = await store.rows(
        "SELECT subject, failures, last_at FROM sign_in_try WHERE subject = ANY(:subjects) ORDER BY subject FOR UPDATE",
        subjects=list(subjects),
    )
    found = {bytes(row.subject): Tries(row.failures, row.last_at) for row in rows}
    if any(is_refused(policy, found[subject], now) for subject, policy in subjects.items()):
        return False
    for subject, policy in subjects.items():
        await store.run(
            "UPDATE sign_in_try SET failures = :failures, last_at = :now WHERE subject = :subject",
            failures=still_counted(policy, found[subject], now) + 1, now=now, subject=subject,
        )  # fmt: skip
    return True


async def forgive(store: Store, subject: bytes) -> None:
    """It was the right person: their failures count no more."""
    await store.run("DELETE FROM sign_in_try WHERE subject = :subject", subject=subject)


async def give_back(store: Store, subject: bytes) -> None:
    """A try that succeeded was none that failed; others that failed still count.

    So it is for an address: whoever has an account of their own could else wipe out what they tried on others'.
    """
    await store.run(
        "UPDATE sign_in_try SET failures = greatest(failures - 1, 0) WHERE subject = :subject", subject=subject
    )
