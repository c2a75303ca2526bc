"""Roll-ups of scores and of cases, kept by triggers; strata with invitations and scores; filters and sectors of figures

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'

_STRATA = ('gender', 'age_band', 'employment')
_CELL = ['publication_id', 'split', 'level', 'indicator', 'country', 'supplier', 'sector', 'site_id', 'category']

# A double as a decimal with six places: sums of decimals are exact, so they do not depend on the order of adding.
_SCORES = """
SELECT programme_id, round_id, indicator, site_id, gender, age_band, employment,
       sign * count(*) AS n, sign * sum(x) AS total, sign * sum(x * x) AS squares
  FROM (SELECT *, round(value::numeric, 6) AS x FROM {rows}) AS exact, (VALUES ({sign})) AS given(sign)
 GROUP BY programme_id, round_id, indicator, site_id, gender, age_band, employment, sign
"""
_INTO_SCORES = "INSERT INTO score_rollup (programme_id, round_id, indicator, site_id, gender, age_band, employment, n, total, squares)"
_ADDED = """
SELECT programme_id, round_id, indicator, site_id, gender, age_band, employment, sum(n), sum(total), sum(squares)
  FROM ({came} UNION ALL {went}) AS moved GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(n) <> 0 OR sum(total) <> 0 OR sum(squares) <> 0
"""
_CAME, _WENT = _SCORES.format(rows='came', sign=1), _SCORES.format(rows='went', sign=-1)

_INTO_CASES = "INSERT INTO case_rollup (programme_id, round_id, step, site_id, gender, age_band, employment, n)"
_CASES = """
SELECT programme_id, round_id, step, site_id, gender, age_band, employment, sum(sign)
  FROM ({rows}) AS moved, LATERAL (VALUES
       ('invited', true), ('sent', sent_at IS NOT NULL), ('delivered', delivered_at IS NOT NULL),
       ('started', started_at IS NOT NULL), ('reminded', reminded), (coalesce(disposition, 'pending'), true)
  ) AS way(step, reached) WHERE reached GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(sign) <> 0
"""


def _strata() -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), server_default='', nullable=False) for name in _STRATA]


def _function(name: str, insert: str, update: str, delete: str) -> None:
    op.execute(f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN {insert};
  ELSIF TG_OP = 'UPDATE' THEN {update};
  ELSE {delete};
  END IF;
  RETURN NULL;
END $$""")


def _triggers(table: str, function: str) -> None:
    for event, given in (('insert', 'NEW TABLE AS came'), ('update', 'OLD TABLE AS went NEW TABLE AS came'), ('delete', 'OLD TABLE AS went')):
        op.execute(
            f'CREATE TRIGGER {table}_rollup_{event} AFTER {event.upper()} ON {table}'
            f' REFERENCING {given} FOR EACH STATEMENT EXECUTE FUNCTION {function}()'
        )


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('site', sa.Column('sector', sa.Text(), server_default='', nullable=False))
    for table, columns in (('invitation', _STRATA[1:]), ('score', _STRATA)):
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Text(), server_default='', nullable=False))
    op.execute(
        "UPDATE invitation SET age_band = enrolment.age_band, employment = enrolment.employment FROM enrolment"
        " WHERE enrolment.id = enrolment_id AND (enrolment.age_band, enrolment.employment) <> ('', '')"
    )
    op.execute(
        "UPDATE score SET gender = invitation.gender, age_band = invitation.age_band, employment = invitation.employment"
        " FROM invitation WHERE invitation.id = invitation_id"
        " AND (invitation.gender, invitation.age_band, invitation.employment) <> ('', '', '')"
    )
    op.create_table('score_rollup',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('indicator', sa.Text(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=False),
        *_strata(),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('total', sa.Numeric(), nullable=False),
        sa.Column('squares', sa.Numeric(), nullable=False),
        sa.Column('fresh', sa.Boolean(), server_default='true', nullable=False),
    )
    op.create_index('ix_score_rollup_round', 'score_rollup', ['round_id', 'indicator'])
    op.create_index('ix_score_rollup_fresh', 'score_rollup', ['round_id'], postgresql_where=sa.text('fresh'))
    op.create_table('case_rollup',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('step', sa.Text(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=False),
        *_strata(),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('fresh', sa.Boolean(), server_default='true', nullable=False),
    )
    op.create_index('ix_case_rollup_round', 'case_rollup', ['round_id'])
    op.create_index('ix_case_rollup_fresh', 'case_rollup', ['round_id'], postgresql_where=sa.text('fresh'))
    _function(
        'note_scores', f'{_INTO_SCORES} {_CAME}', f'{_INTO_SCORES} {_ADDED.format(came=_CAME, went=_WENT)}', f'{_INTO_SCORES} {_WENT}'
    )
    _function(
        'note_cases',
        f"{_INTO_CASES} {_CASES.format(rows='SELECT *, 1 AS sign FROM came')}",
        # An answer more, which most updates are about, moves nobody.
        "IF EXISTS (SELECT FROM came JOIN went USING (id) WHERE"
        " (came.sent_at IS NULL, came.delivered_at IS NULL, came.started_at IS NULL, came.reminded, came.disposition,"
        " came.site_id, came.gender, came.age_band, came.employment) IS DISTINCT FROM"
        " (went.sent_at IS NULL, went.delivered_at IS NULL, went.started_at IS NULL, went.reminded, went.disposition,"
        " went.site_id, went.gender, went.age_band, went.employment))"
        f" THEN {_INTO_CASES} {_CASES.format(rows='SELECT *, 1 AS sign FROM came UNION ALL SELECT *, -1 FROM went')}; END IF",
        f"{_INTO_CASES} {_CASES.format(rows='SELECT *, -1 AS sign FROM went')}",
    )
    _triggers('score', 'note_scores')
    _triggers('invitation', 'note_cases')
    # What is there already.
    op.execute(f"{_INTO_SCORES} {_SCORES.format(rows='score', sign=1)}")
    op.execute(f"{_INTO_CASES} {_CASES.format(rows='SELECT *, 1 AS sign FROM invitation')}")
    for name in ('supplier', 'sector', 'split', 'category'):
        op.add_column('figure', sa.Column(name, sa.Text(), server_default='', nullable=False))
    op.drop_constraint(op.f('ck_figure_level_known'), 'figure')
    op.create_check_constraint(op.f('ck_figure_level_known'), 'figure', "level IN ('round', 'country', 'supplier', 'site', 'sector')")
    op.create_check_constraint(op.f('ck_figure_split_known'), 'figure', "split IN ('', 'gender', 'age_band', 'employment')")
    op.drop_index('uq_figure_cell', table_name='figure')
    op.create_index('uq_figure_cell', 'figure', _CELL, unique=True, postgresql_nulls_not_distinct=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM figure WHERE level IN ('supplier', 'sector') OR split <> ''")
    op.drop_constraint(op.f('ck_figure_level_known'), 'figure')
    op.create_check_constraint(op.f('ck_figure_level_known'), 'figure', "level IN ('round', 'country', 'site')")
    op.drop_index('uq_figure_cell', table_name='figure')
    # With a column go its indexes and checks.
    for name in ('category', 'split', 'sector', 'supplier'):
        op.drop_column('figure', name)
    op.create_index(
        'uq_figure_cell', 'figure', ['publication_id', 'level', 'country', 'site_id', 'indicator'],
        unique=True, postgresql_nulls_not_distinct=True,
    )
    for table, function in (('score', 'note_scores'), ('invitation', 'note_cases')):
        for event in ('insert', 'update', 'delete'):
            op.execute(f'DROP TRIGGER {table}_rollup_{event} ON {table}')
        op.execute(f'DROP FUNCTION {function}()')
    op.drop_table('case_rollup')
    op.drop_table('score_rollup')
    for column in _STRATA:
        op.drop_column('score', column)
    for column in _STRATA[1:]:
        op.drop_column('invitation', column)
    op.drop_column('site', 'sector')
