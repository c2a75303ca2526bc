"""How answers are spread, beside the figures

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0021'
down_revision = '0020'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('figure', sa.Column('spread', postgresql.JSONB(), nullable=True))
    op.create_check_constraint(op.f('ck_figure_hidden_spreads_nothing'), 'figure', "hidden = '' OR spread IS NULL")
    op.add_column(
        'figure_ledger', sa.Column('spreads', postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column('figure_ledger', 'spreads')
    op.drop_constraint(op.f('ck_figure_hidden_spreads_nothing'), 'figure')
    op.drop_column('figure', 'spread')
