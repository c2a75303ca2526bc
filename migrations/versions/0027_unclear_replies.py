"""Replies that came too early for one question and are no answer to another, for a person to code

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'unclear_reply',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('invitation_id', sa.Uuid(), nullable=False),
        sa.Column('question', sa.Text(), nullable=False),
        sa.Column('language', sa.Text(), nullable=False),
        sa.Column('inbox_id', sa.Uuid(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_unclear_reply')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'invitation_id'], ['invitation.programme_id', 'invitation.id'],
            name=op.f('fk_unclear_reply_programme_id_invitation_id'),
        ),
    )
    op.create_index('ix_unclear_reply_invitation', 'unclear_reply', ['invitation_id'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('unclear_reply')
