"""What matching asks of a service and its place, in one row, and which services are reached from anywhere

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_location_point', 'location')
    op.add_column('service_at_location', sa.Column('active', sa.Boolean(), server_default='true', nullable=False))
    op.add_column('service_at_location', sa.Column('categories', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.add_column('service_at_location', sa.Column('country', sa.Text(), server_default='', nullable=False))
    op.add_column('service_at_location', sa.Column('latitude', sa.Double(), nullable=True))
    op.add_column('service_at_location', sa.Column('longitude', sa.Double(), nullable=True))
    op.add_column('service', sa.Column('anywhere', sa.Boolean(), server_default='false', nullable=False))
    op.execute(
        "UPDATE service_at_location AS place SET active = service.status = 'active', categories = service.categories,"
        " country = location.country, latitude = location.latitude, longitude = location.longitude FROM service, location"
        " WHERE service.programme_id = place.programme_id AND service.id = place.service_id"
        " AND location.programme_id = place.programme_id AND location.id = place.location_id"
    )
    op.execute(
        "UPDATE service SET anywhere = true WHERE NOT EXISTS (SELECT FROM service_at_location AS place"
        " WHERE place.programme_id = service.programme_id AND place.service_id = service.id)"
    )
    op.create_index(
        'ix_service_at_location_point', 'service_at_location', [sa.text('point(longitude, latitude)')],
        postgresql_using='gist', postgresql_where=sa.text('active AND latitude IS NOT NULL'),
    )
    op.create_index(
        'ix_service_at_location_unmeasured', 'service_at_location', ['programme_id', 'country'],
        postgresql_where=sa.text('active AND latitude IS NULL'),
    )
    op.create_index('ix_service_anywhere', 'service', ['programme_id'], postgresql_where=sa.text("anywhere AND status = 'active'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_service_anywhere', 'service')
    op.drop_column('service', 'anywhere')
    for column in ('active', 'categories', 'country', 'latitude', 'longitude'):
        op.drop_column('service_at_location', column)
    op.create_index(
        'ix_location_point', 'location', [sa.text('point(longitude, latitude)')], postgresql_using='gist',
        postgresql_where=sa.text('latitude IS NOT NULL AND longitude IS NOT NULL'),
    )
