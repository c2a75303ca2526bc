"""What was done about findings, who was told of it, and the published figures of the loop

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0019'
down_revision = '0018'


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'loop_ledger',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('state', JSONB(), nullable=False),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_loop_ledger_programme_id')),
        sa.PrimaryKeyConstraint('programme_id', 'name', name=op.f('pk_loop_ledger')),
    )
    op.create_table(
        'loop_publication',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['programme_id'], ['programme.id'],
            name=op.f('fk_loop_publication_programme_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_loop_publication')),
        sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_loop_publication_programme_id_id')),
    )
    op.create_index('ix_loop_publication_programme', 'loop_publication', ['programme_id', 'at'])
    op.create_table(
        'loop_figure',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('publication_id', sa.Uuid(), nullable=False),
        sa.Column('period', sa.Date(), nullable=False),
        sa.Column('level', sa.Text(), nullable=False),
        sa.Column('country', sa.Text(), server_default='', nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=True),
        sa.Column('organization_id', sa.Uuid(), nullable=True),
        sa.Column('category', sa.Text(), server_default='', nullable=False),
        sa.Column('step', sa.Text(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('median_hours', sa.Double(), nullable=True),
        sa.Column('figured_at', sa.Text(), nullable=False),
        sa.CheckConstraint(
            "level IN ('programme', 'country', 'site', 'provider')",
            name=op.f('ck_loop_figure_level_known'),
        ),
        sa.CheckConstraint(
            "step IN ('raised', 'offered', 'consented', 'accepted', 'completed', 'helped')",
            name=op.f('ck_loop_figure_step_known'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'organization_id'], ['organization.programme_id', 'organization.id'],
            name=op.f('fk_loop_figure_programme_id_organization_id'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'publication_id'], ['loop_publication.programme_id', 'loop_publication.id'],
            name=op.f('fk_loop_figure_programme_id_publication_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'site_id'], ['site.programme_id', 'site.id'],
            name=op.f('fk_loop_figure_programme_id_site_id'),
        ),
    )
    op.create_index(
        'uq_loop_figure_cell', 'loop_figure', ['publication_id', 'period', 'level', 'country', 'site_id', 'organization_id', 'category', 'step'], unique=True, postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        'action',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('round_id', sa.Uuid(), nullable=False),
        sa.Column('indicator', sa.Text(), server_default='', nullable=False),
        sa.Column('question', sa.Text(), server_default='', nullable=False),
        sa.Column('sites', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
        sa.Column('said', sa.Text(), nullable=False),
        sa.Column('owner', sa.Text(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('texts', JSONB(), nullable=False),
        sa.Column('reviews', JSONB(), nullable=False),
        sa.Column('override', JSONB(), nullable=True),
        sa.Column('measured_by', sa.Uuid(), nullable=True),
        sa.Column('telling_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('told_upto', sa.Uuid(), nullable=True),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(indicator = '') <> (question = '')", name=op.f('ck_action_about_one_thing')),
        sa.CheckConstraint(
            "state IN ('planned', 'under-way', 'done', 'dropped')",
            name=op.f('ck_action_state_known'),
        ),
        sa.CheckConstraint(
            'told_at IS NULL OR telling_at IS NOT NULL',
            name=op.f('ck_action_told_after_telling'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'measured_by'], ['round.programme_id', 'round.id'],
            name=op.f('fk_action_programme_id_measured_by'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'round_id'], ['round.programme_id', 'round.id'],
            name=op.f('fk_action_programme_id_round_id'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_action')),
        sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_action_programme_id_id')),
    )
    op.create_index('ix_action_round', 'action', ['round_id'])
    op.create_index(
        'ix_action_telling', 'action', ['telling_at'], postgresql_where=sa.text('telling_at IS NOT NULL AND told_at IS NULL'),
    )
    op.create_table(
        'told_figure',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('action_id', sa.Uuid(), nullable=False),
        sa.Column('level', sa.Text(), nullable=False),
        sa.Column('country', sa.Text(), server_default='', nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=True),
        sa.Column('share', sa.Double(), nullable=False),
        sa.Column('figured_at', sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('round', 'country', 'site')", name=op.f('ck_told_figure_level_known')),
        sa.CheckConstraint('share BETWEEN 0 AND 1', name=op.f('ck_told_figure_share_is_one')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'action_id'], ['action.programme_id', 'action.id'],
            name=op.f('fk_told_figure_programme_id_action_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'site_id'], ['site.programme_id', 'site.id'],
            name=op.f('fk_told_figure_programme_id_site_id'),
        ),
    )
    op.create_index(
        'uq_told_figure_cell', 'told_figure', ['action_id', 'level', 'country', 'site_id'], unique=True, postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        'telling',
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('action_id', sa.Uuid(), nullable=False),
        sa.Column('worker_id', sa.Uuid(), nullable=False),
        sa.Column('site_id', sa.Uuid(), nullable=False),
        sa.Column('outbox_id', sa.Uuid(), nullable=True),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['outbox_id'], ['outbox.id'],
            name=op.f('fk_telling_outbox_id'), ondelete='SET NULL',
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'action_id'], ['action.programme_id', 'action.id'],
            name=op.f('fk_telling_programme_id_action_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'site_id'], ['site.programme_id', 'site.id'],
            name=op.f('fk_telling_programme_id_site_id'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'],
            name=op.f('fk_telling_programme_id_worker_id'), ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('action_id', 'worker_id', name=op.f('pk_telling')),
    )
    op.create_index('ix_telling_outbox', 'telling', ['outbox_id'], postgresql_where=sa.text('outbox_id IS NOT NULL'))
    op.create_index('ix_telling_waiting', 'telling', ['action_id'], postgresql_where=sa.text('delivered_at IS NULL'))
    op.create_index('ix_telling_worker', 'telling', ['worker_id'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('telling')
    op.drop_table('told_figure')
    op.drop_table('action')
    op.drop_table('loop_figure')
    op.drop_table('loop_publication')
    op.drop_table('loop_ledger')
