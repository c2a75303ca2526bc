"""What the engine of many processes needs: budgets of senders, further tries, look-ups, and what a person decides

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'

_QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('channel', sa.Column('segments_per_second', sa.Double(), nullable=True))
    op.create_check_constraint(op.f('ck_channel_pace_positive'), 'channel', 'segments_per_second > 0')
    op.create_table('sender_budget',
        sa.Column('channel_id', sa.Uuid(), nullable=False),
        sa.Column('tokens', sa.Double(), nullable=False),
        sa.Column('filled_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('mean', sa.Double(), server_default='1', nullable=False),
        sa.Column('served_no', sa.BigInteger(), server_default='0', nullable=False),
        sa.CheckConstraint('mean >= 1', name=op.f('ck_sender_budget_mean_at_least_one')),
        sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_sender_budget_channel_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_sender_budget')),
    )
    op.create_table('carrier_lookup',
        sa.Column('carrier', sa.Text(), nullable=False),
        sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('thorough_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('carrier', name=op.f('pk_carrier_lookup')),
    )
    for column in (
        sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('dead_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('lookups', sa.SmallInteger(), server_default='0', nullable=False),
        sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decision', sa.Text(), nullable=True),
        sa.Column('decided_by', sa.Uuid(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('retry_of', sa.Uuid(), nullable=True),
    ):
        op.add_column('outbox', column)
    op.create_index('uq_outbox_retry_of', 'outbox', ['retry_of'], unique=True, postgresql_where=sa.text('retry_of IS NOT NULL'))
    op.drop_constraint(op.f('uq_outbox_carrier_reference'), 'outbox', type_='unique')
    op.create_index('uq_outbox_carrier_reference', 'outbox', ['carrier', 'reference'], unique=True, postgresql_where=sa.text('reference IS NOT NULL'))
    op.create_foreign_key(op.f('fk_outbox_retry_of'), 'outbox', 'outbox', ['retry_of'], ['id'])
    op.create_check_constraint(op.f('ck_outbox_decision_known'), 'outbox', "decision IN ('sent', 'again')")
    op.create_check_constraint(op.f('ck_outbox_decided_when'), 'outbox', '(decision IS NULL) = (decided_at IS NULL)')
    op.create_check_constraint(op.f('ck_outbox_dead_is_failed'), 'outbox', "dead_at IS NULL OR state = 'failed'")
    op.drop_index('ix_outbox_due', table_name='outbox')
    op.drop_index('ix_outbox_unknown', table_name='outbox')
    op.create_index('ix_outbox_waiting', 'outbox', ['channel_id', 'priority', 'due_at', 'id'], postgresql_where=_QUEUED)
    op.create_index('ix_outbox_under_way', 'outbox', ['identity_id', 'id'], postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.create_index('ix_outbox_unknown', 'outbox', ['carrier', 'sent_at'], postgresql_where=sa.text("state = 'unknown'"))
    op.create_index('ix_outbox_unreported', 'outbox', ['carrier', 'sent_at'], postgresql_where=sa.text("state = 'accepted'"))
    op.create_index('ix_outbox_dead', 'outbox', ['dead_at'], postgresql_where=sa.text('dead_at IS NOT NULL'))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for index in ('ix_outbox_dead', 'ix_outbox_unreported', 'ix_outbox_unknown', 'ix_outbox_under_way', 'ix_outbox_waiting'):
        op.drop_index(index, table_name='outbox')
    op.create_index('ix_outbox_unknown', 'outbox', ['programme_id'], postgresql_where=sa.text("state = 'unknown'"))
    op.create_index('ix_outbox_due', 'outbox', ['priority', 'due_at', 'id'], postgresql_where=_QUEUED)
    op.drop_index('uq_outbox_carrier_reference', table_name='outbox')
    op.create_unique_constraint(op.f('uq_outbox_carrier_reference'), 'outbox', ['carrier', 'reference'])
    # With a column go its keys, indexes and checks.
    for column in ('retry_of', 'decided_at', 'decided_by', 'decision', 'looked_at', 'lookups', 'dead_at', 'claimed_at'):
        op.drop_column('outbox', column)
    op.drop_table('carrier_lookup')
    op.drop_table('sender_budget')
    op.drop_column('channel', 'segments_per_second')
