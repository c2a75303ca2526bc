"""The log of respondent-level exports

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'respondent_export',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('form', sa.Text(), nullable=False),
        sa.Column('threshold', sa.SmallInteger(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('left_out', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_respondent_export')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_respondent_export_programme_id')),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_respondent_export_key_id')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'round_id'], ['round.programme_id', 'round.id'],
            name=op.f('fk_respondent_export_programme_id_round_id'),
        ),
    )
    op.create_index('ix_respondent_export_programme', 'respondent_export', ['programme_id', 'at'])
    op.execute(
        "CREATE TRIGGER respondent_export_append_only BEFORE UPDATE OR DELETE ON respondent_export"
        " FOR EACH ROW EXECUTE FUNCTION shiftline_refuse()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('respondent_export')
