"""An invitation that is closed counts as begun: to close one writes to no index

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE invitation SET begun = true WHERE closed_at IS NOT NULL AND NOT begun")
    op.drop_index("ix_invitation_to_begin", table_name="invitation")
    op.create_index("ix_invitation_to_begin", "invitation", ["planned_at"], postgresql_where=sa.text("NOT begun"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_invitation_to_begin", table_name="invitation")
    op.create_index(
        "ix_invitation_to_begin",
        "invitation",
        ["planned_at"],
        postgresql_where=sa.text("NOT begun AND closed_at IS NULL"),
    )
