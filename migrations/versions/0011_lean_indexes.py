"""Fewer and smaller indexes to write at every step of a text, and room in pages for new versions of rows

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'

_QUEUED = sa.text("state = 'queued'")
# A row that is written anew within its page leaves its indexes alone.
_ROOM = {'invitation': 80, 'conversation': 70}


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_outbox_waiting', table_name='outbox')
    op.create_index('ix_outbox_waiting', 'outbox', ['priority', 'channel_id', 'due_at', 'id'], postgresql_where=_QUEUED)
    op.drop_index('ix_outbox_conversation', table_name='outbox')
    op.create_index('ix_outbox_conversation', 'outbox', ['conversation_id'], postgresql_where=sa.text('conversation_id IS NOT NULL'))
    op.drop_index('ix_outbox_identity', table_name='outbox')
    op.create_index('ix_outbox_neutral', 'outbox', ['identity_id', 'created_at'], postgresql_where=sa.text("say->>'key' IN ('neutral', 'unknown')"))
    for table, filled in _ROOM.items():
        op.execute(f'ALTER TABLE {table} SET (fillfactor = {filled})')


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _ROOM:
        op.execute(f'ALTER TABLE {table} RESET (fillfactor)')
    op.drop_index('ix_outbox_neutral', table_name='outbox')
    op.create_index('ix_outbox_identity', 'outbox', ['identity_id', 'created_at'])
    op.drop_index('ix_outbox_conversation', table_name='outbox')
    op.create_index('ix_outbox_conversation', 'outbox', ['conversation_id'])
    op.drop_index('ix_outbox_waiting', table_name='outbox')
    op.create_index('ix_outbox_waiting', 'outbox', ['channel_id', 'priority', 'due_at', 'id'], postgresql_where=_QUEUED)
