"""Services of two sources that are one, and those that are not

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'registry_twin',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('one_id', sa.Uuid(), nullable=False),
        sa.Column('other_id', sa.Uuid(), nullable=False),
        sa.Column('kept_id', sa.Uuid(), nullable=True),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('programme_id', 'one_id', 'other_id', name=op.f('pk_registry_twin')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_registry_twin_programme_id')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'one_id'], ['service.programme_id', 'service.id'],
            name=op.f('fk_registry_twin_programme_id_one_id'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'other_id'], ['service.programme_id', 'service.id'],
            name=op.f('fk_registry_twin_programme_id_other_id'),
        ),
        sa.CheckConstraint('one_id < other_id', name=op.f('ck_registry_twin_ordered')),
        sa.CheckConstraint('kept_id IN (one_id, other_id)', name=op.f('ck_registry_twin_kept_is_one_of_them')),
    )
    op.add_column('service', sa.Column('merged_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f('fk_service_programme_id_merged_id'), 'service', 'service', ['programme_id', 'merged_id'],
        ['programme_id', 'id'],
    )
    op.drop_index('ix_service_anywhere', 'service')
    op.create_index(
        'ix_service_anywhere', 'service', ['programme_id'],
        postgresql_where=sa.text("anywhere AND status = 'active' AND merged_id IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_service_anywhere', 'service')
    op.create_index(
        'ix_service_anywhere', 'service', ['programme_id'], postgresql_where=sa.text("anywhere AND status = 'active'")
    )
    op.drop_constraint(op.f('fk_service_programme_id_merged_id'), 'service')
    op.drop_column('service', 'merged_id')
    op.drop_table('registry_twin')
