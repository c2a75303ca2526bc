"""Fewer rows and indexes to write in a turn

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'

# Rows that thousands of others name: each writer had to look its one up and lock it, for a key that came out of a row
# which was held to it already.
_SHARED = (
    ('answer', ['programme_id', 'round_id'], 'round', ['programme_id', 'id']),
    ('inbox', ['programme_id', 'channel_id'], 'channel', ['programme_id', 'id']),
    ('outbox', ['programme_id', 'channel_id'], 'channel', ['programme_id', 'id']),
    ('outbox', ['invitation_id'], 'invitation', ['id']),
)
_NEW = sa.text("state = 'new'")


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns, _, _ in _SHARED:
        op.drop_constraint(op.f(f"fk_{table}_{'_'.join(columns)}"), table)
    op.drop_column('invitation', 'answered')
    op.drop_index('ix_inbox_sender', table_name='inbox')
    op.create_index('ix_inbox_sender', 'inbox', ['programme_id', 'sender_index', 'id'], postgresql_where=_NEW)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_inbox_sender', table_name='inbox')
    op.create_index('ix_inbox_sender', 'inbox', ['programme_id', 'sender_index', 'id'])
    op.add_column('invitation', sa.Column('answered', sa.SmallInteger(), server_default='0', nullable=False))
    op.execute(
        "UPDATE invitation SET answered = counted.n FROM (SELECT invitation_id, count(*) AS n FROM answer"
        " WHERE outcome <> 'unclear' GROUP BY 1) AS counted WHERE id = counted.invitation_id"
    )
    for table, columns, named, keys in _SHARED:
        op.create_foreign_key(op.f(f"fk_{table}_{'_'.join(columns)}"), table, named, columns, keys)
