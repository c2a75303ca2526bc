"""The services' side: contacts, what they are to be told of, their codes, and answers kept for whoever asks twice

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0022'
down_revision = '0021'


def _key() -> sa.Column:
    return sa.Column('id', sa.Uuid(), nullable=False)


def _instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _owned(table: str, column: str, target: str, cascade: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['programme_id', column], [f'{target}.programme_id', f'{target}.id'],
        name=op.f(f'fk_{table}_programme_id_{column}'), ondelete='CASCADE' if cascade else None,
    )


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'provider_contact',
        _key(),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('organization_id', sa.Uuid(), nullable=False),
        sa.Column('service_id', sa.Uuid(), nullable=True),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('key_version', sa.SmallInteger(), nullable=True),
        sa.Column('identity_id', sa.Uuid(), nullable=True),
        sa.Column('country', sa.Text(), server_default='', nullable=False),
        sa.Column('zone', sa.Text(), server_default='', nullable=False),
        sa.Column('language', sa.Text(), server_default='en', nullable=False),
        _instant('created_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_contact')),
        sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_provider_contact_programme_id_id')),
        _owned('provider_contact', 'organization_id', 'organization'),
        _owned('provider_contact', 'service_id', 'service'),
        _owned('provider_contact', 'identity_id', 'identity'),
        sa.CheckConstraint('sealed IS NOT NULL OR identity_id IS NOT NULL', name=op.f('ck_provider_contact_can_be_reached')),
        sa.CheckConstraint("identity_id IS NULL OR zone <> ''", name=op.f('ck_provider_contact_phone_has_zone')),
    )
    op.create_index('ix_provider_contact_organization', 'provider_contact', ['programme_id', 'organization_id'])
    op.create_index(
        'ix_provider_contact_identity', 'provider_contact', ['identity_id'],
        postgresql_where=sa.text('identity_id IS NOT NULL'),
    )
    op.create_table(
        'step_notice',
        sa.Column('event_id', sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint('event_id', name=op.f('pk_step_notice')),
        sa.ForeignKeyConstraint(
            ['event_id'], ['referral_event.id'], name=op.f('fk_step_notice_event_id'), ondelete='CASCADE'
        ),
    )
    op.create_table(
        'deadline_notice',
        sa.Column('referral_id', sa.Uuid(), nullable=False),
        _instant('deadline_at'),
        sa.PrimaryKeyConstraint('referral_id', name=op.f('pk_deadline_notice')),
        sa.ForeignKeyConstraint(
            ['referral_id'], ['referral.id'], name=op.f('fk_deadline_notice_referral_id'), ondelete='CASCADE'
        ),
    )
    op.create_table(
        'referral_code',
        _key(),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('referral_id', sa.Uuid(), nullable=False),
        sa.Column('identity_id', sa.Uuid(), nullable=False),
        _instant('created_at'),
        _instant('expires_at'),
        _instant('closed_at', nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_code')),
        _owned('referral_code', 'referral_id', 'referral', cascade=True),
        _owned('referral_code', 'identity_id', 'identity', cascade=True),
    )
    op.create_index('ix_referral_code_identity', 'referral_code', ['identity_id', 'expires_at'])
    op.create_index('ix_referral_code_referral', 'referral_code', ['referral_id'])
    op.create_table(
        'code_try',
        _key(),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('identity_id', sa.Uuid(), nullable=False),
        _instant('at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_code_try')),
        _owned('code_try', 'identity_id', 'identity', cascade=True),
    )
    op.create_index('ix_code_try_identity', 'code_try', ['identity_id', 'at'])
    op.create_table(
        'kept_answer',
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
        sa.Column('answer', JSONB(), nullable=True),
        _instant('created_at'),
        sa.PrimaryKeyConstraint('key_id', 'name', name=op.f('pk_kept_answer')),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_kept_answer_key_id')),
    )
    op.create_index('ix_kept_answer_created', 'kept_answer', ['created_at'])
    op.execute(
        "CREATE FUNCTION shiftline_notice_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO step_notice (event_id) VALUES (NEW.id); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER referral_event_is_noticed AFTER INSERT ON referral_event"
        " FOR EACH ROW EXECUTE FUNCTION shiftline_notice_step()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER referral_event_is_noticed ON referral_event")
    op.execute("DROP FUNCTION shiftline_notice_step()")
    for table in ('kept_answer', 'code_try', 'referral_code', 'deadline_notice', 'step_notice', 'provider_contact'):
        op.drop_table(table)
