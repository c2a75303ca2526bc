"""Which phones a text waits for, and to which one is leaving, are looked up apart: a claim writes to the second alone

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_QUEUED = sa.text("state = 'queued'")
_SENDING = sa.text("state = 'sending'")


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_outbox_phone_waiting", "outbox", ["identity_id", "id"], postgresql_where=_QUEUED)
    op.create_index("ix_outbox_phone_leaving", "outbox", ["identity_id", "lease_until"], postgresql_where=_SENDING)
    op.drop_index("ix_outbox_under_way", table_name="outbox")
    op.drop_index("ix_outbox_leased", table_name="outbox")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_outbox_leased", "outbox", ["lease_until"], postgresql_where=_SENDING)
    op.create_index(
        "ix_outbox_under_way",
        "outbox",
        ["identity_id", "id"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.drop_index("ix_outbox_phone_leaving", table_name="outbox")
    op.drop_index("ix_outbox_phone_waiting", table_name="outbox")
