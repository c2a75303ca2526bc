"""Names of services that tell nothing, and phones that somebody confirmed

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('service', sa.Column('discreet_name', sa.Text(), nullable=False, server_default=''))
    op.create_index('ix_service_organization', 'service', ['programme_id', 'organization_id'])
    # Phones that were named before are asked too: nobody has looked whose they are.
    op.add_column('provider_contact', sa.Column('asked_at', sa.DateTime(timezone=True)))
    op.add_column('provider_contact', sa.Column('confirmed_at', sa.DateTime(timezone=True)))
    op.create_index(
        'ix_provider_contact_unasked', 'provider_contact', ['created_at'],
        postgresql_where=sa.text('identity_id IS NOT NULL AND asked_at IS NULL'),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_provider_contact_unasked', 'provider_contact')
    op.drop_column('provider_contact', 'confirmed_at')
    op.drop_column('provider_contact', 'asked_at')
    op.drop_index('ix_service_organization', 'service')
    op.drop_column('service', 'discreet_name')
