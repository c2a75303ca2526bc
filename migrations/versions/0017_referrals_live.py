"""Deadlines, transfers, checks, no contact for now, and the focal points

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'

_ACTORS = ('requester', 'provider', 'worker', 'operator')
_CAUSES = (
    '', 'no-answer', 'service-gone', 'transferred', 'withdrawn', 'stopped', 'erased', 'joined', 'not-helped',
)


def _known(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'focal_point',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('key_version', sa.SmallInteger(), nullable=True),
        sa.Column('identity_id', sa.Uuid(), nullable=True),
        sa.Column('language', sa.Text(), nullable=False, server_default='en'),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_focal_point')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_focal_point_programme_id')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'identity_id'], ['identity.programme_id', 'identity.id'],
            name=op.f('fk_focal_point_programme_id_identity_id'),
        ),
        sa.CheckConstraint("sealed IS NOT NULL OR identity_id IS NOT NULL", name=op.f('ck_focal_point_can_be_reached')),
    )
    op.create_index('ix_focal_point_programme', 'focal_point', ['programme_id'])
    op.add_column('worker', sa.Column('apart', sa.Boolean(), nullable=False, server_default='false'))
    for column in (
        sa.Column('alerted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('acknowledged_by', sa.Uuid(), nullable=True),
        sa.Column('wanted_service_id', sa.Uuid(), nullable=True),
        sa.Column('joined_id', sa.Uuid(), nullable=True),
    ):
        op.add_column('need', column)
    op.create_foreign_key(
        op.f('fk_need_programme_id_joined_id'), 'need', 'need', ['programme_id', 'joined_id'], ['programme_id', 'id']
    )
    op.create_foreign_key(
        op.f('fk_need_programme_id_wanted_service_id'), 'need', 'service', ['programme_id', 'wanted_service_id'],
        ['programme_id', 'id'],
    )
    op.create_check_constraint(
        op.f('ck_need_high_is_offered_nothing'), 'need', "sensitivity = 'standard' OR wanted_service_id IS NULL"
    )
    op.create_index(
        'ix_need_wanted', 'need', ['created_at'], postgresql_where=sa.text('wanted_service_id IS NOT NULL')
    )
    op.create_index(
        'ix_need_unacknowledged', 'need', ['alerted_at'],
        postgresql_where=sa.text(
            "sensitivity = 'high' AND acknowledged_at IS NULL AND state NOT IN ('closed', 'declined') AND urgency <> 'normal'"
        ),
    )
    op.add_column('referral', sa.Column('check_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('referral', sa.Column('checks', sa.SmallInteger(), nullable=False, server_default='0'))
    op.add_column('referral', sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE referral SET check_at = updated_at WHERE state = 'completed' AND helped IS NULL")
    op.drop_index('ix_referral_to_check', 'referral')
    op.create_index(
        'ix_referral_to_check', 'referral', ['check_at'], postgresql_where=sa.text('check_at IS NOT NULL')
    )
    op.create_index(
        'ix_referral_unanswered', 'referral', ['deadline_at'], postgresql_where=sa.text("state = 'requested'")
    )
    op.add_column('referral_event', sa.Column('cause', sa.Text(), nullable=False, server_default=''))
    op.create_check_constraint(op.f('ck_referral_event_cause_known'), 'referral_event', _known('cause', _CAUSES))
    op.drop_constraint(op.f('ck_referral_event_actor_known'), 'referral_event')
    op.create_check_constraint(
        op.f('ck_referral_event_actor_known'), 'referral_event', _known('actor', (*_ACTORS, 'clock'))
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f('ck_referral_event_actor_known'), 'referral_event')
    # The log is append-only: what the clock did stays in it.
    op.execute(
        f"ALTER TABLE referral_event ADD CONSTRAINT ck_referral_event_actor_known CHECK ({_known('actor', _ACTORS)})"
        " NOT VALID"
    )
    op.drop_constraint(op.f('ck_referral_event_cause_known'), 'referral_event')
    op.drop_column('referral_event', 'cause')
    op.drop_index('ix_referral_unanswered', 'referral')
    op.drop_index('ix_referral_to_check', 'referral')
    op.create_index(
        'ix_referral_to_check', 'referral', ['updated_at'],
        postgresql_where=sa.text("state = 'completed' AND helped IS NOT TRUE"),
    )
    for column in ('paused_at', 'checks', 'check_at'):
        op.drop_column('referral', column)
    op.drop_index('ix_need_unacknowledged', 'need')
    op.drop_index('ix_need_wanted', 'need')
    op.drop_constraint(op.f('ck_need_high_is_offered_nothing'), 'need')
    op.drop_constraint(op.f('fk_need_programme_id_wanted_service_id'), 'need')
    op.drop_constraint(op.f('fk_need_programme_id_joined_id'), 'need')
    for column in ('joined_id', 'wanted_service_id', 'acknowledged_by', 'acknowledged_at', 'alerted_at'):
        op.drop_column('need', column)
    op.drop_column('worker', 'apart')
    op.drop_table('focal_point')
