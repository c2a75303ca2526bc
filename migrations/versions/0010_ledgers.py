"""Whom each figure tells of, instead of how each cell stood

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'

# Sites that were hidden are taken to be told of nowhere: what was published of totals stays true, and tells no more.
_CARRIED = """
INSERT INTO figure_ledger (programme_id, round_id, indicator, state)
SELECT programme_id, round_id, indicator, jsonb_build_object(
         'columns', '[["", ""]]'::jsonb, 'split', false, 'pools', '[]'::jsonb,
         'sites', coalesce(jsonb_agg(jsonb_build_array(key, sums)) FILTER (WHERE shown), '[]'),
         'pooled', coalesce(jsonb_agg(jsonb_build_array(key, sums)) FILTER (WHERE NOT shown), '[]'))
  FROM (SELECT old.programme_id, round_id, indicator, shown,
               jsonb_build_array(n, round(total::numeric * 1000000), round(squares::numeric * 1000000000000)) AS sums,
               jsonb_build_array(jsonb_build_array('country', old.country))
                 || CASE WHEN supplier = '' THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_array('supplier', supplier)) END
                 || jsonb_build_array(jsonb_build_array('site', site.id)) AS key
          FROM figure_baseline AS old JOIN site ON site.id = site_id) AS sites
 GROUP BY programme_id, round_id, indicator
"""


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('figure_ledger',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('indicator', sa.Text(), nullable=False),
        sa.Column('state', postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_figure_ledger_programme_id_round_id')),
        sa.PrimaryKeyConstraint('round_id', 'indicator', name=op.f('pk_figure_ledger')),
    )
    op.execute(_CARRIED)
    op.drop_table('figure_baseline')


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('figure_baseline',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('indicator', sa.Text(), nullable=False),
        sa.Column('country', sa.Text(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=True),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('total', sa.Double(), nullable=False),
        sa.Column('squares', sa.Double(), nullable=False),
        sa.Column('shown', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_figure_baseline_programme_id_round_id')),
    )
    op.create_index(
        'uq_figure_baseline', 'figure_baseline', ['round_id', 'indicator', 'country', 'site_id'],
        unique=True, postgresql_nulls_not_distinct=True,
    )
    op.drop_table('figure_ledger')
