"""A round opens with fewer keys to look up, and a timer moves fewer indexes

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'

# An invitation is drawn out of rows that are held to these already, a million at a time.
_DRAWN = ('round', 'site', 'enrolment')


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _DRAWN:
        op.drop_constraint(op.f(f'fk_invitation_programme_id_{table}_id'), 'invitation')
    # Its rounds are found by the index of who is invited.
    op.drop_index('ix_invitation_open', table_name='invitation')
    # No key names it.
    op.drop_constraint(op.f('uq_conversation_programme_id_id'), 'conversation')


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_unique_constraint(op.f('uq_conversation_programme_id_id'), 'conversation', ['programme_id', 'id'])
    op.create_index('ix_invitation_open', 'invitation', ['round_id'], postgresql_where=sa.text('closed_at IS NULL'))
    for table in _DRAWN:
        op.create_foreign_key(
            op.f(f'fk_invitation_programme_id_{table}_id'), 'invitation', table, ['programme_id', f'{table}_id'], ['programme_id', 'id']
        )
