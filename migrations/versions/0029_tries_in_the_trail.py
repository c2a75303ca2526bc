"""A try to sign in as nobody we know has a place in the trail, too

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("audit", "key_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Rows without a key say nothing that could be said before.
    op.execute("SELECT set_config('shiftline.audit_until', 'infinity', true)")
    op.execute("DELETE FROM audit WHERE key_id IS NULL")
    op.alter_column("audit", "key_id", existing_type=sa.Uuid(), nullable=False)
