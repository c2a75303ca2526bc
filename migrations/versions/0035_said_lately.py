"""Whether a service's phone was told something lately is found by an index: of a million texts that took 0.4 seconds

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_outbox_said_lately",
        "outbox",
        ["identity_id", "created_at"],
        postgresql_where=sa.text("say->>'key' IN ('neutral', 'unknown', 'desk_help', 'desk_confirm')"),
    )
    op.drop_index("ix_outbox_neutral", table_name="outbox")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_outbox_neutral",
        "outbox",
        ["identity_id", "created_at"],
        postgresql_where=sa.text("say->>'key' IN ('neutral', 'unknown')"),
    )
    op.drop_index("ix_outbox_said_lately", table_name="outbox")
