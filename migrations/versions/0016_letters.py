"""Letters by e-mail

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'letter',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=True),
        sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('once', sa.Text(), nullable=True),
        sa.Column('recipient_index', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('key_version', sa.SmallInteger(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('attempts', sa.SmallInteger(), nullable=False),
        sa.Column('fault', sa.Text(), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_letter_programme_id')),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f('ck_letter_state_known')),
        sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name=op.f('ck_letter_settled_when')),
        sa.CheckConstraint("(state = 'sent') = (sealed IS NULL)", name=op.f('ck_letter_kept_until_sent')),
    )
    op.create_index('uq_letter_once', 'letter', ['once'], unique=True, postgresql_where=sa.text('once IS NOT NULL'))
    op.create_index('ix_letter_waiting', 'letter', ['due_at'], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_letter_recipient', 'letter', ['recipient_index'], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_letter_failed', 'letter', ['settled_at'], postgresql_where=sa.text("state = 'failed'"))
    op.create_index('ix_letter_created', 'letter', ['created_at'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('letter')
