"""The registry as HSDS records, and what each names

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('registry_record',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('data', postgresql.JSONB(), nullable=False),
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_registry_record_programme_id')),
        sa.PrimaryKeyConstraint('programme_id', 'kind', 'id', name=op.f('pk_registry_record')),
    )
    op.create_index('ix_registry_record_source', 'registry_record', ['programme_id', 'source'], postgresql_where=sa.text('gone_at IS NULL'))
    op.create_table('registry_link',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('field', sa.Text(), nullable=False),
        sa.Column('target_kind', sa.Text(), nullable=False),
        sa.Column('target', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id', 'kind', 'id'], ['registry_record.programme_id', 'registry_record.kind', 'registry_record.id'], name=op.f('fk_registry_link_programme_id_kind_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('programme_id', 'kind', 'id', 'field', name=op.f('pk_registry_link')),
    )
    op.create_index('ix_registry_link_target', 'registry_link', ['programme_id', 'target_kind', 'target'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('registry_link')
    op.drop_table('registry_record')
