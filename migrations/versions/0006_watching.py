"""What an operator watches: processes, counts, alerts, deliveries to others' webhooks; and a way's name on texts

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('alert',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('rule', sa.Text(), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('value', sa.Double(), nullable=False),
        sa.Column('bar', sa.Double(), nullable=False),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_alert')),
    )
    op.create_index('ix_alert_began', 'alert', ['began_at'])
    op.create_index('uq_alert_standing', 'alert', ['rule', 'subject'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('alert_bar',
        sa.Column('rule', sa.Text(), nullable=False),
        sa.Column('bar', sa.Double(), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('rule', name=op.f('pk_alert_bar')),
    )
    op.create_table('hook',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('owner_id', sa.Uuid(), nullable=True),
        sa.Column('host', sa.Text(), nullable=False),
        sa.Column('kinds', postgresql.JSONB(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('key_version', sa.SmallInteger(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hook')),
    )
    op.create_table('process',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('host', sa.Text(), nullable=False),
        sa.Column('word', postgresql.JSONB(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('web', 'work', 'both')", name=op.f('ck_process_kind_known')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_process')),
    )
    op.create_table('tally',
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('label', sa.Text(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.Column('value', sa.Double(), nullable=False),
        sa.Column('mark', sa.Double(), server_default='0', nullable=False),
        sa.Column('prior', sa.Double(), server_default='0', nullable=False),
        sa.Column('marked_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('name', 'label', 'detail', name=op.f('pk_tally')),
    )
    op.create_table('delivery',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('hook_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('attempts', sa.SmallInteger(), nullable=False),
        sa.Column('status', sa.SmallInteger(), nullable=True),
        sa.Column('fault', sa.Text(), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name=op.f('ck_delivery_settled_when')),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f('ck_delivery_state_known')),
        sa.ForeignKeyConstraint(['hook_id'], ['hook.id'], name=op.f('fk_delivery_hook_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    )
    op.create_index('ix_delivery_created', 'delivery', ['created_at'])
    op.create_index('ix_delivery_failed', 'delivery', ['settled_at'], postgresql_where=sa.text("state = 'failed'"))
    op.create_index('ix_delivery_waiting', 'delivery', ['due_at'], postgresql_where=sa.text("state = 'waiting'"))
    op.add_column('inbox', sa.Column('trace_id', sa.Uuid(), nullable=True))
    op.create_index('ix_inbox_failed', 'inbox', ['handled_at'], postgresql_where=sa.text("state = 'failed'"))
    op.add_column('outbox', sa.Column('trace_id', sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column('outbox', 'trace_id')
    op.drop_index('ix_inbox_failed', table_name='inbox')
    op.drop_column('inbox', 'trace_id')
    op.drop_table('delivery')
    op.drop_table('tally')
    op.drop_table('process')
    op.drop_table('hook')
    op.drop_table('alert_bar')
    op.drop_table('alert')
