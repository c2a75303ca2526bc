"""Head-counts of sites by trait, for weights; phones that a roster gives to several people

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('site_margin',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=False),
        sa.Column('field', sa.Text(), nullable=False),
        sa.Column('category', sa.Text(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id', 'site_id'], ['site.programme_id', 'site.id'], name=op.f('fk_site_margin_programme_id_site_id')),
        sa.CheckConstraint("field IN ('gender', 'age_band', 'employment')", name=op.f('ck_site_margin_field_known')),
        sa.CheckConstraint('people >= 0', name=op.f('ck_site_margin_people_counted')),
        sa.PrimaryKeyConstraint('site_id', 'field', 'category', name=op.f('pk_site_margin')),
    )
    op.add_column('identity', sa.Column('shared', sa.Boolean(), server_default='false', nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column('identity', 'shared')
    op.drop_table('site_margin')
