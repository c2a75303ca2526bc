"""Places of services found by where they are, and told apart from those that are only reached

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('location', sa.Column('kind', sa.Text(), server_default='physical', nullable=False))
    op.create_check_constraint('kind_known', 'location', "kind IN ('physical', 'postal', 'virtual')")
    op.create_index(
        'ix_location_point', 'location', [sa.text('point(longitude, latitude)')], postgresql_using='gist',
        postgresql_where=sa.text('latitude IS NOT NULL AND longitude IS NOT NULL'),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_location_point', 'location')
    op.drop_constraint(op.f('ck_location_kind_known'), 'location')
    op.drop_column('location', 'kind')
