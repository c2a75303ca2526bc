"""Exports made in the background

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0014'
down_revision = '0013'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'export',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('asked', JSONB(), nullable=False),
        sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('done', sa.Double(), server_default='0', nullable=False),
        sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
        sa.Column('fault', sa.Text(), server_default='', nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_export')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_export_programme_id')),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_export_key_id')),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f('ck_export_state_known')),
        sa.CheckConstraint("(state = 'ready') = (content IS NOT NULL)", name=op.f('ck_export_ready_with_content')),
        sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name=op.f('ck_export_settled_when')),
        sa.CheckConstraint('done BETWEEN 0 AND 1', name=op.f('ck_export_done_is_share')),
    )
    op.create_index('ix_export_waiting', 'export', ['due_at'], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_export_created', 'export', ['created_at'])
    op.create_index(
        'uq_export_asked', 'export', ['key_id', 'fingerprint'], unique=True, postgresql_where=sa.text("state <> 'failed'")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('export')
