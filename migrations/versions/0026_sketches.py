"""Surveys as somebody is typing them, before they are faultless enough to be drafts

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0026'
down_revision = '0025'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'survey_sketch',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('code', sa.Text(), nullable=False),
        sa.Column('base', postgresql.JSONB(), nullable=False),
        sa.Column('fields', postgresql.JSONB(), nullable=False),
        sa.Column('stamp', sa.Integer(), nullable=False),
        sa.Column('page', sa.Text(), nullable=False),
        sa.Column('saved_by', sa.Text(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('programme_id', 'code', name=op.f('pk_survey_sketch')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_survey_sketch_programme_id')),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('survey_sketch')
