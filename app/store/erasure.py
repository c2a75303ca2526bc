"""Forgetting a worker: what was written, what was answered and who they are goes; counts without a person stay."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.domain.conversation import ConsentAct, Conversation, Ending, Purpose, Stage
from app.domain.referral import OPEN
from app.store.database import Store
from app.store.statements import to_json
from app.store.vault import Vault
from app.store.workers import write_consent

_FORGOTTEN = Conversation(Purpose.SURVEY, "und", Stage.CLOSED, ending=Ending.EXPIRED).to_json()


async def worker_of(store: Store, vault: Vault, programme: UUID, number: str) -> UUID | None:
    """The worker whose number this is (E.164), locked; None where it is nobody's in the programme."""
    worker = await store.value(
        "SELECT worker_id FROM identity WHERE programme_id = :programme AND blind_index = :index",
        programme=programme, index=vault.blind_index(programme, number),
    )  # fmt: skip
    if worker is not None:
        await store.run("SELECT FROM worker WHERE id = :worker FOR UPDATE", worker=worker)
    return worker


async def open_referrals_of(store: Store, worker: UUID) -> list[UUID]:
    """The referrals of a worker that are with services."""
    rows = await store.rows(
        "SELECT referral.id FROM referral JOIN need ON need.id = need_id WHERE worker_id = :worker"
        " AND referral.state = ANY(:open) ORDER BY referral.id",
        worker=worker, open=sorted(OPEN),
    )  # fmt: skip
    return [row.id for row in rows]


async def forget(store: Store, programme: UUID, worker: UUID, now: datetime) -> None:
    """Take away what a worker wrote and answered, and who they are.

    Roll-ups follow by their triggers. The blind index of the number stays, so that a later roster does not bring them back
    against their will; it is a keyed hash, and no number can be read from it. The ledger of consent and the steps of
    referrals stay, which name nobody.
    """
    given = {"worker": worker, "now": now}
    mine = "(SELECT id FROM identity WHERE worker_id = :worker)"
    await store.run(
        "UPDATE inbox SET text = NULL, sender_cipher = '', sender_index = uuid_send(gen_random_uuid()),"
        " state = 'handled', handled_at = coalesce(handled_at, :now) WHERE identity_id IN " + mine
        + " OR (state = 'new' AND (programme_id, sender_index) IN"
        " (SELECT programme_id, blind_index FROM identity WHERE worker_id = :worker))",
        **given,
    )  # fmt: skip
    await store.run(
        "UPDATE inbox_part SET text = NULL, sender_cipher = NULL, joined_at = coalesce(joined_at, :now), sender_index = NULL"
        " WHERE (programme_id, sender_index) IN (SELECT programme_id, blind_index FROM identity WHERE worker_id = :worker)",
        **given,
    )
    await store.run(
        "UPDATE outbox SET state = 'cancelled', settled_at = :now WHERE state = 'queued' AND identity_id IN " + mine,
        **given,
    )
    await store.run(
        "UPDATE outbox SET say = jsonb_build_object('key', 'erased', 'question', '', 'notes', '[]'::jsonb, 'prefix', '',"
        f" 'fields', '{{}}'::jsonb) WHERE state NOT IN ('queued', 'sending') AND identity_id IN {mine}",
        worker=worker,
    )
    invitations = "(SELECT id FROM invitation WHERE worker_id = :worker)"
    await store.run(f"DELETE FROM answer WHERE invitation_id IN {invitations}", worker=worker)
    await store.run(f"DELETE FROM unclear_reply WHERE invitation_id IN {invitations}", worker=worker)
    await store.run(f"DELETE FROM score WHERE invitation_id IN {invitations}", worker=worker)
    await store.run(
        "UPDATE conversation SET state = CAST(:state AS jsonb), open = false, remind_at = NULL, expires_at = NULL,"
        " resume_at = NULL WHERE worker_id = :worker",
        worker=worker, state=to_json(_FORGOTTEN),
    )  # fmt: skip
    await store.run(
        # Whoever takes back what they told is counted as having refused, where they had been asked.
        "UPDATE invitation SET closed_at = coalesce(closed_at, :now),"
        " disposition = CASE WHEN begun THEN 'refusal' ELSE 'not-attempted' END, begun = true"
        " WHERE worker_id = :worker AND (closed_at IS NULL OR disposition IN ('complete', 'partial'))",
        **given,
    )
    await store.run(
        "UPDATE need SET state = CASE WHEN state = 'declined' THEN state ELSE 'closed' END, inbox_id = NULL, question = '',"
        " identity_id = NULL, updated_at = :now WHERE worker_id = :worker",
        **given,
    )
    await store.run(
        "DELETE FROM need_note WHERE need_id IN (SELECT id FROM need WHERE worker_id = :worker)", worker=worker
    )
    await write_consent(store, [(programme, worker, ConsentAct.WITHDRAWN)], "erasure", {}, now)
    await store.run(
        "UPDATE enrolment SET active = false, gender = '', age_band = '', employment = '' WHERE worker_id = :worker",
        worker=worker,
    )
    await store.run(
        "UPDATE identity SET worker_id = NULL, main = true, stopped = true, cipher = '' WHERE worker_id = :worker",
        worker=worker,
    )
    await store.run("UPDATE worker SET erased_at = :now, apart = false WHERE id = :worker", **given)


async def learn_again(store: Store, vault: Vault, replies: Sequence[UUID]) -> None:
    """Whoever was erased and writes again of their own accord can be answered: their number is sealed anew."""
    rows = await store.rows(
        "SELECT identity.id, identity.programme_id, inbox.id AS reply, sender_cipher, inbox.key_version FROM inbox"
        " JOIN identity ON identity.programme_id = inbox.programme_id AND blind_index = sender_index"
        " WHERE inbox.id = ANY(:replies) AND cipher = ''",
        replies=list(replies),
    )
    for row in rows:
        number = vault.open_if_it_fits("inbox", row.reply, bytes(row.sender_cipher), row.key_version)
        if number is not None:
            sealed = vault.seal("identity", row.id, row.programme_id, number)
            await store.run(
                "UPDATE identity SET cipher = :cipher, key_version = :version WHERE id = :identity",
                cipher=sealed.cipher, version=sealed.key_version, identity=row.id,
            )  # fmt: skip
