"""The console: notes on a case, rounds that rest, and who is written to when a report is there

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'


def _owned(table: str, column: str, target: str, cascade: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['programme_id', column], [f'{target}.programme_id', f'{target}.id'],
        name=op.f(f'fk_{table}_programme_id_{column}'), ondelete='CASCADE' if cascade else None,
    )


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'need_note',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('need_id', sa.Uuid(), nullable=False),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('key_version', sa.SmallInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_need_note')),
        _owned('need_note', 'need_id', 'need', cascade=True),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_need_note_key_id')),
    )
    op.create_index('ix_need_note_need', 'need_note', ['need_id', 'at'])
    op.add_column('round', sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'report_wish',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=True),
        sa.Column('rhythm', sa.Text(), nullable=False),
        sa.Column('language', sa.Text(), server_default='en', nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_wish')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_report_wish_programme_id')),
        _owned('report_wish', 'site_id', 'site'),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_report_wish_key_id'), ondelete='CASCADE'),
        sa.CheckConstraint("rhythm IN ('weekly', 'monthly', 'round')", name=op.f('ck_report_wish_rhythm_known')),
        sa.CheckConstraint("(rhythm = 'round') = (due_at IS NULL)", name=op.f('ck_report_wish_due_when')),
    )
    op.create_index('ix_report_wish_key', 'report_wish', ['key_id'])
    op.create_index('ix_report_wish_due', 'report_wish', ['due_at'], postgresql_where=sa.text('due_at IS NOT NULL'))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('report_wish')
    op.drop_column('round', 'paused_at')
    op.drop_table('need_note')
