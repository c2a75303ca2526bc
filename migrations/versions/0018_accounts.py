"""Accounts of people, their sessions, and the trail of who did what

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = '0018'
down_revision = '0017'

# A row leaves by age alone, and only where the statement before it says which age.
_KEEP = """
CREATE FUNCTION shiftline_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < nullif(current_setting('shiftline.audit_until', true), '')::timestamptz THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        'account',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('email', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('password', sa.Text(), nullable=True),
        sa.Column('totp', sa.LargeBinary(), nullable=True),
        sa.Column('key_version', sa.SmallInteger(), nullable=True),
        sa.Column('totp_step', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('subject', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
        sa.UniqueConstraint('email', name=op.f('uq_account_email')),
        sa.UniqueConstraint('subject', name=op.f('uq_account_subject')),
        sa.CheckConstraint("email = lower(email)", name=op.f('ck_account_email_in_small_letters')),
        sa.CheckConstraint("(totp IS NULL) = (key_version IS NULL)", name=op.f('ck_account_totp_whole')),
    )
    op.create_table(
        'recovery_code',
        sa.Column('account_id', sa.Uuid(), nullable=False),
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('account_id', 'hash', name=op.f('pk_recovery_code')),
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id'), ondelete='CASCADE'
        ),
    )
    op.create_table(
        'account_link',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('account_id', sa.Uuid(), nullable=True),
        sa.Column('second_factor', sa.Boolean(), server_default='false', nullable=False),
        sa.Column('email', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=True),
        sa.Column('role', sa.Text(), nullable=True),
        sa.Column('grade', sa.Text(), server_default='', nullable=False),
        sa.Column('scopes', ARRAY(sa.Text()), server_default='{}', nullable=False),
        sa.Column('brand_id', sa.Uuid(), nullable=True),
        sa.Column('organization_id', sa.Uuid(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_account_link')),
        sa.UniqueConstraint('hash', name=op.f('uq_account_link_hash')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_account_link_programme_id')),
        sa.ForeignKeyConstraint(
            ['programme_id', 'brand_id'], ['brand.programme_id', 'brand.id'],
            name=op.f('fk_account_link_programme_id_brand_id'),
        ),
        sa.ForeignKeyConstraint(
            ['programme_id', 'organization_id'], ['organization.programme_id', 'organization.id'],
            name=op.f('fk_account_link_programme_id_organization_id'),
        ),
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f('fk_account_link_account_id'), ondelete='CASCADE'
        ),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name=op.f('ck_account_link_kind_known')),
        sa.CheckConstraint("(kind = 'reset') = (account_id IS NOT NULL)", name=op.f('ck_account_link_reset_of_an_account')),
        sa.CheckConstraint("(kind = 'invitation') = (role IS NOT NULL)", name=op.f('ck_account_link_invitation_to_a_role')),
    )
    op.create_index('ix_account_link_expires', 'account_link', ['expires_at'])
    op.create_table(
        'sign_in_try',
        sa.Column('subject', sa.LargeBinary(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('subject', name=op.f('pk_sign_in_try')),
        sa.CheckConstraint('failures >= 0', name=op.f('ck_sign_in_try_failures_counted')),
    )
    op.create_index('ix_sign_in_try_last', 'sign_in_try', ['last_at'])
    op.create_table(
        'audit',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=True),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('action', sa.Text(), nullable=False),
        sa.Column('object', sa.Text(), nullable=True),
        sa.Column('outcome', sa.SmallInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_audit_programme_id')),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_audit_key_id')),
    )
    op.create_index('ix_audit_programme', 'audit', ['programme_id', 'id'])
    op.create_index('ix_audit_at', 'audit', ['at'])
    op.execute(_KEEP)
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION shiftline_keep_audit()"
    )
    op.execute(
        "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION shiftline_keep_audit()"
    )
    op.add_column('api_key', sa.Column('grade', sa.Text(), server_default='', nullable=False))
    op.add_column('api_key', sa.Column('account_id', sa.Uuid(), nullable=True))
    op.execute("UPDATE api_key SET grade = 'admin' WHERE role = 'ngo'")
    op.create_check_constraint(op.f('ck_api_key_grades_are_of_an_ngo'), 'api_key', "(role = 'ngo') = (grade <> '')")
    op.create_check_constraint(op.f('ck_api_key_grade_known'), 'api_key', "grade IN ('', 'reader', 'editor', 'admin')")
    op.create_foreign_key(op.f('fk_api_key_account_id'), 'api_key', 'account', ['account_id'], ['id'])
    op.create_index('ix_api_key_account', 'api_key', ['account_id'], postgresql_where=sa.text('account_id IS NOT NULL'))
    # Whoever is signed in signs in once more: nobody knows when their sessions began.
    op.execute('DELETE FROM session')
    op.add_column('session', sa.Column('browser', sa.Text(), server_default='', nullable=False))
    op.add_column('session', sa.Column('created_at', sa.DateTime(timezone=True), nullable=False))
    op.add_column('session', sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False))
    op.create_index('ix_session_key', 'session', ['key_id'])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_session_key', 'session')
    for column in ('seen_at', 'created_at', 'browser'):
        op.drop_column('session', column)
    op.drop_index('ix_api_key_account', 'api_key')
    op.drop_constraint(op.f('fk_api_key_account_id'), 'api_key')
    op.drop_constraint(op.f('ck_api_key_grade_known'), 'api_key')
    op.drop_constraint(op.f('ck_api_key_grades_are_of_an_ngo'), 'api_key')
    for column in ('account_id', 'grade'):
        op.drop_column('api_key', column)
    for table in ('audit', 'sign_in_try', 'account_link', 'recovery_code', 'account'):
        op.drop_table(table)
    op.execute('DROP FUNCTION shiftline_keep_audit')
