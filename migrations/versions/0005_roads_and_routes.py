"""Accounts with carriers, their secrets sealed; and which channel a text takes to which country

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('road',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('settings', postgresql.JSONB(), nullable=False),
        sa.Column('secrets_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('key_version', sa.SmallInteger(), nullable=False),
        sa.Column('revision', sa.BigInteger(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_road')),
        sa.UniqueConstraint('name', name=op.f('uq_road_name')),
    )
    op.create_table('route',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('country', sa.Text(), nullable=False),
        sa.Column('prefix', sa.Text(), server_default='', nullable=False),
        sa.Column('position', sa.SmallInteger(), nullable=False),
        sa.Column('channel_id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_route_programme_id')),
        sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_route_programme_id_channel_id')),
        sa.PrimaryKeyConstraint('programme_id', 'country', 'prefix', 'position', name=op.f('pk_route')),
    )
    op.create_index('ix_route_channel', 'route', ['channel_id'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('route')
    op.drop_table('road')
