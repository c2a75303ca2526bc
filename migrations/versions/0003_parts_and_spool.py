"""Pieces of long replies, kept until all are there

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('inbox_part',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('channel_id', sa.Uuid(), nullable=False),
        sa.Column('carrier', sa.Text(), nullable=False),
        sa.Column('reference', sa.Text(), nullable=False),
        sa.Column('part_key', sa.Text(), nullable=False),
        sa.Column('part_no', sa.SmallInteger(), nullable=False),
        sa.Column('part_count', sa.SmallInteger(), nullable=False),
        sa.Column('sender_cipher', sa.LargeBinary(), nullable=True),
        sa.Column('key_version', sa.SmallInteger(), nullable=False),
        sa.Column('sender_index', sa.LargeBinary(), nullable=True),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint('part_no BETWEEN 1 AND part_count AND part_count BETWEEN 2 AND 255', name=op.f('ck_inbox_part_part_within')),
        sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_inbox_part_programme_id_channel_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_part')),
        sa.UniqueConstraint('carrier', 'reference', name=op.f('uq_inbox_part_carrier_reference')),
    )
    op.create_index('ix_inbox_part_open', 'inbox_part', ['received_at'], postgresql_where=sa.text('joined_at IS NULL'))
    op.create_index('ix_inbox_part_key', 'inbox_part', ['sender_index', 'part_key'], postgresql_where=sa.text('joined_at IS NULL'))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Pieces that wait for others go with the table: join them first (a quarter of an hour without webhooks does it).
    op.drop_table('inbox_part')
