"""The spine

Revision: 0001
Follows: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None


_APPEND_ONLY = ("consent_ledger", "referral_event", "referral_consent")

_REFUSE = """
CREATE FUNCTION shiftline_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

_FREEZE = """
CREATE FUNCTION shiftline_freeze_survey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'published' THEN
    RAISE EXCEPTION 'a published survey never changes' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


def _guard() -> None:
    op.execute(_REFUSE)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION shiftline_refuse()"
        )
    op.execute(_FREEZE)
    op.execute(
        "CREATE TRIGGER survey_frozen BEFORE UPDATE OR DELETE ON survey"
        " FOR EACH ROW EXECUTE FUNCTION shiftline_freeze_survey()"
    )


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table('programme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('organiser', sa.Text(), nullable=False),
    sa.Column('threshold', sa.SmallInteger(), server_default='10', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('threshold >= 5', name=op.f('ck_programme_threshold_protects')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('code', name=op.f('uq_programme_code'))
    )
    op.create_table('brand',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_brand_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brand')),
    sa.UniqueConstraint('programme_id', 'code', name=op.f('uq_brand_programme_id_code')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_brand_programme_id_id'))
    )
    op.create_table('channel',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('carrier', sa.Text(), nullable=False),
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('two_way', sa.Boolean(), server_default='true', nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_channel_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel')),
    sa.UniqueConstraint('carrier', 'sender', name=op.f('uq_channel_carrier_sender')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_channel_programme_id_id'))
    )
    op.create_table('location',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('country', sa.Text(), server_default='', nullable=False),
    sa.Column('city', sa.Text(), server_default='', nullable=False),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_location_programme_id')),
    sa.PrimaryKeyConstraint('programme_id', 'id', name=op.f('pk_location'))
    )
    op.create_table('organization',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_organization_programme_id')),
    sa.PrimaryKeyConstraint('programme_id', 'id', name=op.f('pk_organization'))
    )
    op.create_table('site',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('supplier', sa.Text(), server_default='', nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), server_default='', nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.Column('headcount', sa.Integer(), nullable=True),
    sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f('ck_site_country_iso')),
    sa.CheckConstraint('(latitude IS NULL) = (longitude IS NULL)', name=op.f('ck_site_place_whole')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_site_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site')),
    sa.UniqueConstraint('programme_id', 'code', name=op.f('uq_site_programme_id_code')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_site_programme_id_id'))
    )
    op.create_table('survey',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name=op.f('ck_survey_published_when')),
    sa.CheckConstraint("status IN ('draft', 'published')", name=op.f('ck_survey_status_known')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_survey_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey')),
    sa.UniqueConstraint('programme_id', 'code', 'version', name=op.f('uq_survey_programme_id_code_version')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_survey_programme_id_id'))
    )
    op.create_table('worker',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('consent', sa.Text(), server_default='unasked', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("consent IN ('unasked', 'granted', 'refused', 'withdrawn')", name=op.f('ck_worker_consent_known')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_worker_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_worker')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_worker_programme_id_id'))
    )
    op.create_table('api_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('scopes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(role = 'brand') = (brand_id IS NOT NULL)", name=op.f('ck_api_key_brand_named')),
    sa.CheckConstraint("(role = 'operator') = (programme_id IS NULL)", name=op.f('ck_api_key_operator_has_no_programme')),
    sa.CheckConstraint("(role = 'provider') = (organization_id IS NOT NULL)", name=op.f('ck_api_key_organization_named')),
    sa.CheckConstraint("role IN ('operator', 'ngo', 'brand', 'provider')", name=op.f('ck_api_key_role_known')),
    sa.CheckConstraint("scopes = '{}' OR role = 'ngo'", name=op.f('ck_api_key_scopes_are_of_an_ngo')),
    sa.ForeignKeyConstraint(['programme_id', 'brand_id'], ['brand.programme_id', 'brand.id'], name=op.f('fk_api_key_programme_id_brand_id')),
    sa.ForeignKeyConstraint(['programme_id', 'organization_id'], ['organization.programme_id', 'organization.id'], name=op.f('fk_api_key_programme_id_organization_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_api_key_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('hash', name=op.f('uq_api_key_hash'))
    )
    op.create_table('brand_site',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'brand_id'], ['brand.programme_id', 'brand.id'], name=op.f('fk_brand_site_programme_id_brand_id')),
    sa.ForeignKeyConstraint(['programme_id', 'site_id'], ['site.programme_id', 'site.id'], name=op.f('fk_brand_site_programme_id_site_id')),
    sa.PrimaryKeyConstraint('brand_id', 'site_id', name=op.f('pk_brand_site'))
    )
    op.create_table('consent_ledger',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("act IN ('granted', 'refused', 'withdrawn', 'restored')", name=op.f('ck_consent_ledger_act_known')),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_consent_ledger_programme_id_worker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_ledger'))
    )
    op.create_index('ix_consent_ledger_worker', 'consent_ledger', ['worker_id', 'at'], unique=False)
    op.create_table('enrolment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('gender', sa.Text(), server_default='', nullable=False),
    sa.Column('age_band', sa.Text(), server_default='', nullable=False),
    sa.Column('employment', sa.Text(), server_default='', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('confirmed', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('chosen', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'site_id'], ['site.programme_id', 'site.id'], name=op.f('fk_enrolment_programme_id_site_id')),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_enrolment_programme_id_worker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_enrolment_programme_id_id'))
    )
    op.create_index('ix_enrolment_site', 'enrolment', ['programme_id', 'site_id'], unique=False)
    op.create_index('uq_enrolment_active', 'enrolment', ['worker_id'], unique=True, postgresql_where=sa.text('active'))
    op.create_table('identity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=True),
    sa.Column('cipher', sa.LargeBinary(), nullable=False),
    sa.Column('key_version', sa.SmallInteger(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('stopped', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_identity_programme_id_worker_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_identity_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('programme_id', 'blind_index', name=op.f('uq_identity_programme_id_blind_index')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_identity_programme_id_id')),
    sa.UniqueConstraint('worker_id', name=op.f('uq_identity_worker_id'))
    )
    op.create_table('schedule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('survey_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('recurrence', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('plan', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('override', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'survey_id'], ['survey.programme_id', 'survey.id'], name=op.f('fk_schedule_programme_id_survey_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_schedule_programme_id_id'))
    )
    op.create_table('service',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sms_name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('categories', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('languages', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('schedules', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('verified_on', sa.Date(), nullable=True),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name=op.f('ck_service_status_known')),
    sa.CheckConstraint('capacity >= 0', name=op.f('ck_service_capacity_counts')),
    sa.ForeignKeyConstraint(['programme_id', 'organization_id'], ['organization.programme_id', 'organization.id'], name=op.f('fk_service_programme_id_organization_id')),
    sa.PrimaryKeyConstraint('programme_id', 'id', name=op.f('pk_service'))
    )
    op.create_index('ix_service_categories', 'service', ['categories'], unique=False, postgresql_using='gin')
    op.create_table('inbox',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('carrier', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('sender_cipher', sa.LargeBinary(), nullable=False),
    sa.Column('key_version', sa.SmallInteger(), nullable=False),
    sa.Column('sender_index', sa.LargeBinary(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='new', nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('identity_id', sa.Uuid(), nullable=True),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('new', 'handled', 'failed')", name=op.f('ck_inbox_state_known')),
    sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_inbox_programme_id_channel_id')),
    sa.ForeignKeyConstraint(['programme_id', 'identity_id'], ['identity.programme_id', 'identity.id'], name=op.f('fk_inbox_programme_id_identity_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('carrier', 'reference', name=op.f('uq_inbox_carrier_reference'))
    )
    op.create_index('ix_inbox_new', 'inbox', ['received_at', 'id'], unique=False, postgresql_where=sa.text("state = 'new'"))
    op.create_index('ix_inbox_sender', 'inbox', ['programme_id', 'sender_index', 'id'], unique=False)
    op.create_table('round',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('survey_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('plan', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('seed', sa.BigInteger(), nullable=False),
    sa.Column('override', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('schedule_id', sa.Uuid(), nullable=True),
    sa.Column('local_date', sa.Date(), nullable=True),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f('ck_round_state_known')),
    sa.CheckConstraint('(schedule_id IS NULL) = (local_date IS NULL)', name=op.f('ck_round_scheduled_whole')),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_round_closes_later')),
    sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_round_programme_id_channel_id')),
    sa.ForeignKeyConstraint(['programme_id', 'schedule_id'], ['schedule.programme_id', 'schedule.id'], name=op.f('fk_round_programme_id_schedule_id')),
    sa.ForeignKeyConstraint(['programme_id', 'survey_id'], ['survey.programme_id', 'survey.id'], name=op.f('fk_round_programme_id_survey_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_round_programme_id_id')),
    sa.UniqueConstraint('programme_id', 'name', name=op.f('uq_round_programme_id_name')),
    sa.UniqueConstraint('schedule_id', 'local_date', name=op.f('uq_round_schedule_id_local_date'))
    )
    op.create_table('service_at_location',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'location_id'], ['location.programme_id', 'location.id'], name=op.f('fk_service_at_location_programme_id_location_id')),
    sa.ForeignKeyConstraint(['programme_id', 'service_id'], ['service.programme_id', 'service.id'], name=op.f('fk_service_at_location_programme_id_service_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('programme_id', 'service_id', 'location_id', name=op.f('pk_service_at_location'))
    )
    op.create_table('session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key_id', sa.Uuid(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_session_key_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session')),
    sa.UniqueConstraint('hash', name=op.f('uq_session_hash'))
    )
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
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_figure_baseline_programme_id_round_id'))
    )
    op.create_index('uq_figure_baseline', 'figure_baseline', ['round_id', 'indicator', 'country', 'site_id'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('gender', sa.Text(), server_default='', nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('reminded', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('answered', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('disposition', sa.Text(), nullable=True),
    sa.CheckConstraint("disposition IN ('complete', 'partial', 'refusal', 'non-contact', 'other', 'unknown', 'not-eligible', 'not-attempted')", name=op.f('ck_invitation_disposition_known')),
    sa.CheckConstraint('(disposition IS NULL) = (closed_at IS NULL)', name=op.f('ck_invitation_closed_with_disposition')),
    sa.ForeignKeyConstraint(['programme_id', 'enrolment_id'], ['enrolment.programme_id', 'enrolment.id'], name=op.f('fk_invitation_programme_id_enrolment_id')),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_invitation_programme_id_round_id')),
    sa.ForeignKeyConstraint(['programme_id', 'site_id'], ['site.programme_id', 'site.id'], name=op.f('fk_invitation_programme_id_site_id')),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_invitation_programme_id_worker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_invitation_programme_id_id')),
    sa.UniqueConstraint('round_id', 'worker_id', name=op.f('uq_invitation_round_id_worker_id'))
    )
    op.create_index('ix_invitation_open', 'invitation', ['round_id'], unique=False, postgresql_where=sa.text('closed_at IS NULL'))
    op.create_index('ix_invitation_to_begin', 'invitation', ['planned_at'], unique=False, postgresql_where=sa.text('NOT begun AND closed_at IS NULL'))
    op.create_table('need',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=True),
    sa.Column('identity_id', sa.Uuid(), nullable=True),
    sa.Column('site_id', sa.Uuid(), nullable=True),
    sa.Column('round_id', sa.Uuid(), nullable=True),
    sa.Column('invitation_id', sa.Uuid(), nullable=True),
    sa.Column('inbox_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('urgency', sa.Text(), nullable=False),
    sa.Column('sensitivity', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('question', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("sensitivity = 'standard' OR state NOT IN ('referred', 'unmatched')", name=op.f('ck_need_high_never_leaves')),
    sa.CheckConstraint("sensitivity IN ('standard', 'high')", name=op.f('ck_need_sensitivity_known')),
    sa.CheckConstraint("source IN ('answer', 'words')", name=op.f('ck_need_source_known')),
    sa.CheckConstraint("state IN ('new', 'asked', 'referred', 'declined', 'unmatched', 'person', 'closed')", name=op.f('ck_need_state_known')),
    sa.CheckConstraint("urgency IN ('emergency', 'urgent', 'normal')", name=op.f('ck_need_urgency_known')),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], name=op.f('fk_need_inbox_id')),
    sa.ForeignKeyConstraint(['programme_id', 'identity_id'], ['identity.programme_id', 'identity.id'], name=op.f('fk_need_programme_id_identity_id')),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_need_programme_id_round_id')),
    sa.ForeignKeyConstraint(['programme_id', 'site_id'], ['site.programme_id', 'site.id'], name=op.f('fk_need_programme_id_site_id')),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_need_programme_id_worker_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_need_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need')),
    sa.UniqueConstraint('id', 'sensitivity', name=op.f('uq_need_id_sensitivity')),
    sa.UniqueConstraint('id', 'worker_id', name=op.f('uq_need_id_worker_id')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_need_programme_id_id'))
    )
    op.create_index('ix_need_desk', 'need', ['programme_id'], unique=False, postgresql_where=sa.text("state NOT IN ('closed', 'declined')"))
    op.create_index('ix_need_round', 'need', ['round_id'], unique=False)
    op.create_index('ix_need_to_route', 'need', ['created_at'], unique=False, postgresql_where=sa.text("state IN ('new', 'unmatched')"))
    op.create_index('uq_need_of_stranger', 'need', ['identity_id', 'category'], unique=True, postgresql_where=sa.text("worker_id IS NULL AND state NOT IN ('closed', 'declined')"))
    op.create_index('uq_need_once_open', 'need', ['worker_id', 'category', 'sensitivity'], unique=True, postgresql_where=sa.text("worker_id IS NOT NULL AND state NOT IN ('closed', 'declined')"))
    op.create_table('publication',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('funnel', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('rates', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_publication_programme_id_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_publication_programme_id_id'))
    )
    op.create_index('ix_publication_round', 'publication', ['round_id', 'at'], unique=False)
    op.create_table('answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('invitation_id', sa.Uuid(), nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('value', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('inbox_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(outcome = 'answer') = (value IS NOT NULL)", name=op.f('ck_answer_answer_has_value')),
    sa.CheckConstraint("method IN ('digit', 'word', 'spelled', 'range', 'fuzzy', 'whole', 'none')", name=op.f('ck_answer_method_known')),
    sa.CheckConstraint("outcome IN ('answer', 'dont-know', 'refused', 'unclear')", name=op.f('ck_answer_outcome_known')),
    sa.CheckConstraint('confidence BETWEEN 0 AND 1', name=op.f('ck_answer_confidence_is_share')),
    sa.ForeignKeyConstraint(['programme_id', 'invitation_id'], ['invitation.programme_id', 'invitation.id'], name=op.f('fk_answer_programme_id_invitation_id')),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_answer_programme_id_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer')),
    sa.UniqueConstraint('invitation_id', 'question', name=op.f('uq_answer_invitation_id_question'))
    )
    op.create_table('figure',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('publication_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), server_default='', nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=True),
    sa.Column('indicator', sa.Text(), nullable=False),
    sa.Column('shape', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('low', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=True),
    sa.Column('response_rate', sa.Double(), nullable=True),
    sa.Column('hidden', sa.Text(), server_default='', nullable=False),
    sa.Column('figured_at', sa.Text(), nullable=False),
    sa.CheckConstraint("hidden = '' OR (n IS NULL AND value IS NULL AND low IS NULL AND high IS NULL AND response_rate IS NULL)", name=op.f('ck_figure_hidden_holds_nothing')),
    sa.CheckConstraint("level IN ('round', 'country', 'site')", name=op.f('ck_figure_level_known')),
    sa.ForeignKeyConstraint(['programme_id', 'publication_id'], ['publication.programme_id', 'publication.id'], name=op.f('fk_figure_programme_id_publication_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_figure_programme_id_round_id'))
    )
    op.create_index('uq_figure_cell', 'figure', ['publication_id', 'level', 'country', 'site_id', 'indicator'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('referral_consent',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('fields', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("words <> '' AND cardinality(fields) > 0", name=op.f('ck_referral_consent_says_what')),
    sa.ForeignKeyConstraint(['need_id', 'worker_id'], ['need.id', 'need.worker_id'], name=op.f('fk_referral_consent_need_id_worker_id')),
    sa.ForeignKeyConstraint(['programme_id', 'need_id'], ['need.programme_id', 'need.id'], name=op.f('fk_referral_consent_programme_id_need_id')),
    sa.ForeignKeyConstraint(['programme_id', 'service_id'], ['service.programme_id', 'service.id'], name=op.f('fk_referral_consent_programme_id_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_consent')),
    sa.UniqueConstraint('programme_id', 'id', 'need_id', 'service_id', name=op.f('uq_referral_consent_programme_id_id_need_id_service_id'))
    )
    op.create_table('score',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('invitation_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('site_id', sa.Uuid(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('indicator', sa.Text(), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id', 'invitation_id'], ['invitation.programme_id', 'invitation.id'], name=op.f('fk_score_programme_id_invitation_id')),
    sa.ForeignKeyConstraint(['programme_id', 'round_id'], ['round.programme_id', 'round.id'], name=op.f('fk_score_programme_id_round_id')),
    sa.PrimaryKeyConstraint('invitation_id', 'indicator', name=op.f('pk_score'))
    )
    op.create_index('ix_score_round', 'score', ['round_id', 'indicator'], unique=False)
    op.create_table('referral',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('sensitivity', sa.Text(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('consent_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('urgency', sa.Text(), nullable=False),
    sa.Column('helped', sa.Boolean(), nullable=True),
    sa.Column('reasons', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("sensitivity = 'standard'", name=op.f('ck_referral_only_standard')),
    sa.CheckConstraint("state IN ('draft', 'requested', 'accepted', 'rejected', 'in-progress', 'on-hold', 'completed', 'failed', 'cancelled', 'entered-in-error')", name=op.f('ck_referral_state_known')),
    sa.CheckConstraint("urgency IN ('emergency', 'urgent', 'normal')", name=op.f('ck_referral_urgency_known')),
    sa.ForeignKeyConstraint(['need_id', 'sensitivity'], ['need.id', 'need.sensitivity'], name='fk_referral_sensitivity'),
    sa.ForeignKeyConstraint(['programme_id', 'consent_id', 'need_id', 'service_id'], ['referral_consent.programme_id', 'referral_consent.id', 'referral_consent.need_id', 'referral_consent.service_id'], name='fk_referral_consent'),
    sa.ForeignKeyConstraint(['programme_id', 'need_id'], ['need.programme_id', 'need.id'], name=op.f('fk_referral_programme_id_need_id')),
    sa.ForeignKeyConstraint(['programme_id', 'service_id'], ['service.programme_id', 'service.id'], name=op.f('fk_referral_programme_id_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral')),
    sa.UniqueConstraint('consent_id', name=op.f('uq_referral_consent_id')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_referral_programme_id_id'))
    )
    op.create_index('ix_referral_need', 'referral', ['need_id'], unique=False)
    op.create_index('ix_referral_service', 'referral', ['programme_id', 'service_id', 'state'], unique=False)
    op.create_index('ix_referral_to_check', 'referral', ['updated_at'], unique=False, postgresql_where=sa.text("state = 'completed' AND helped IS NOT TRUE"))
    op.create_table('conversation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('invitation_id', sa.Uuid(), nullable=True),
    sa.Column('need_id', sa.Uuid(), nullable=True),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Uuid(), nullable=True),
    sa.Column('survey_id', sa.Uuid(), nullable=True),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('state', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('remind_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(invitation_id IS NULL) = (survey_id IS NULL)', name=op.f('ck_conversation_survey_of_invitation')),
    sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_conversation_programme_id_channel_id')),
    sa.ForeignKeyConstraint(['programme_id', 'invitation_id'], ['invitation.programme_id', 'invitation.id'], name=op.f('fk_conversation_programme_id_invitation_id')),
    sa.ForeignKeyConstraint(['programme_id', 'need_id'], ['need.programme_id', 'need.id'], name=op.f('fk_conversation_programme_id_need_id')),
    sa.ForeignKeyConstraint(['programme_id', 'referral_id'], ['referral.programme_id', 'referral.id'], name=op.f('fk_conversation_programme_id_referral_id')),
    sa.ForeignKeyConstraint(['programme_id', 'survey_id'], ['survey.programme_id', 'survey.id'], name=op.f('fk_conversation_programme_id_survey_id')),
    sa.ForeignKeyConstraint(['programme_id', 'worker_id'], ['worker.programme_id', 'worker.id'], name=op.f('fk_conversation_programme_id_worker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sa.UniqueConstraint('programme_id', 'id', name=op.f('uq_conversation_programme_id_id'))
    )
    op.create_index('ix_conversation_expire', 'conversation', ['expires_at'], unique=False, postgresql_where=sa.text('open AND expires_at IS NOT NULL'))
    op.create_index('ix_conversation_invitation', 'conversation', ['invitation_id'], unique=False)
    op.create_index('ix_conversation_need', 'conversation', ['worker_id', 'created_at'], unique=False, postgresql_where=sa.text('need_id IS NOT NULL'))
    op.create_index('ix_conversation_offered', 'conversation', ['service_id'], unique=False, postgresql_where=sa.text('open AND service_id IS NOT NULL'))
    op.create_index('ix_conversation_referral', 'conversation', ['referral_id'], unique=False, postgresql_where=sa.text('referral_id IS NOT NULL'))
    op.create_index('ix_conversation_remind', 'conversation', ['remind_at'], unique=False, postgresql_where=sa.text('open AND remind_at IS NOT NULL'))
    op.create_index('uq_conversation_open', 'conversation', ['worker_id'], unique=True, postgresql_where=sa.text('open'))
    op.create_table('referral_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("actor IN ('requester', 'provider', 'worker', 'operator')", name=op.f('ck_referral_event_actor_known')),
    sa.CheckConstraint("state IN ('draft', 'requested', 'accepted', 'rejected', 'in-progress', 'on-hold', 'completed', 'failed', 'cancelled', 'entered-in-error')", name=op.f('ck_referral_event_state_known')),
    sa.ForeignKeyConstraint(['programme_id', 'referral_id'], ['referral.programme_id', 'referral.id'], name=op.f('fk_referral_event_programme_id_referral_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_event'))
    )
    op.create_index('ix_referral_event_referral', 'referral_event', ['referral_id', 'at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('identity_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('invitation_id', sa.Uuid(), nullable=True),
    sa.Column('survey_id', sa.Uuid(), nullable=True),
    sa.Column('carrier', sa.Text(), nullable=False),
    sa.Column('say', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('state', sa.Text(), server_default='queued', nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('segments', sa.SmallInteger(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name=op.f('ck_outbox_leased_while_sending')),
    sa.CheckConstraint("state IN ('queued', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'cancelled')", name=op.f('ck_outbox_state_known')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_outbox_conversation_id')),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_outbox_invitation_id')),
    sa.ForeignKeyConstraint(['programme_id', 'channel_id'], ['channel.programme_id', 'channel.id'], name=op.f('fk_outbox_programme_id_channel_id')),
    sa.ForeignKeyConstraint(['programme_id', 'identity_id'], ['identity.programme_id', 'identity.id'], name=op.f('fk_outbox_programme_id_identity_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('carrier', 'reference', name=op.f('uq_outbox_carrier_reference'))
    )
    op.create_index('ix_outbox_conversation', 'outbox', ['conversation_id'], unique=False)
    op.create_index('ix_outbox_due', 'outbox', ['priority', 'due_at', 'id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_outbox_identity', 'outbox', ['identity_id', 'created_at'], unique=False)
    op.create_index('ix_outbox_leased', 'outbox', ['lease_until'], unique=False, postgresql_where=sa.text("state = 'sending'"))
    op.create_index('ix_outbox_unknown', 'outbox', ['programme_id'], unique=False, postgresql_where=sa.text("state = 'unknown'"))
    _guard()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index('ix_outbox_unknown', table_name='outbox', postgresql_where=sa.text("state = 'unknown'"))
    op.drop_index('ix_outbox_leased', table_name='outbox', postgresql_where=sa.text("state = 'sending'"))
    op.drop_index('ix_outbox_identity', table_name='outbox')
    op.drop_index('ix_outbox_due', table_name='outbox', postgresql_where=sa.text("state = 'queued'"))
    op.drop_index('ix_outbox_conversation', table_name='outbox')
    op.drop_table('outbox')
    op.drop_index('ix_referral_event_referral', table_name='referral_event')
    op.drop_table('referral_event')
    op.drop_index('uq_conversation_open', table_name='conversation', postgresql_where=sa.text('open'))
    op.drop_index('ix_conversation_remind', table_name='conversation', postgresql_where=sa.text('open AND remind_at IS NOT NULL'))
    op.drop_index('ix_conversation_referral', table_name='conversation', postgresql_where=sa.text('referral_id IS NOT NULL'))
    op.drop_index('ix_conversation_offered', table_name='conversation', postgresql_where=sa.text('open AND service_id IS NOT NULL'))
    op.drop_index('ix_conversation_need', table_name='conversation', postgresql_where=sa.text('need_id IS NOT NULL'))
    op.drop_index('ix_conversation_invitation', table_name='conversation')
    op.drop_index('ix_conversation_expire', table_name='conversation', postgresql_where=sa.text('open AND expires_at IS NOT NULL'))
    op.drop_table('conversation')
    op.drop_index('ix_referral_to_check', table_name='referral', postgresql_where=sa.text("state = 'completed' AND helped IS NOT TRUE"))
    op.drop_index('ix_referral_service', table_name='referral')
    op.drop_index('ix_referral_need', table_name='referral')
    op.drop_table('referral')
    op.drop_index('ix_score_round', table_name='score')
    op.drop_table('score')
    op.drop_table('referral_consent')
    op.drop_index('uq_figure_cell', table_name='figure', postgresql_nulls_not_distinct=True)
    op.drop_table('figure')
    op.drop_table('answer')
    op.drop_index('ix_publication_round', table_name='publication')
    op.drop_table('publication')
    op.drop_index('uq_need_once_open', table_name='need', postgresql_where=sa.text("worker_id IS NOT NULL AND state NOT IN ('closed', 'declined')"))
    op.drop_index('uq_need_of_stranger', table_name='need', postgresql_where=sa.text("worker_id IS NULL AND state NOT IN ('closed', 'declined')"))
    op.drop_index('ix_need_to_route', table_name='need', postgresql_where=sa.text("state IN ('new', 'unmatched')"))
    op.drop_index('ix_need_round', table_name='need')
    op.drop_index('ix_need_desk', table_name='need', postgresql_where=sa.text("state NOT IN ('closed', 'declined')"))
    op.drop_table('need')
    op.drop_index('ix_invitation_to_begin', table_name='invitation', postgresql_where=sa.text('NOT begun AND closed_at IS NULL'))
    op.drop_index('ix_invitation_open', table_name='invitation', postgresql_where=sa.text('closed_at IS NULL'))
    op.drop_table('invitation')
    op.drop_index('uq_figure_baseline', table_name='figure_baseline', postgresql_nulls_not_distinct=True)
    op.drop_table('figure_baseline')
    op.drop_table('session')
    op.drop_table('service_at_location')
    op.drop_table('round')
    op.drop_index('ix_inbox_sender', table_name='inbox')
    op.drop_index('ix_inbox_new', table_name='inbox', postgresql_where=sa.text("state = 'new'"))
    op.drop_table('inbox')
    op.drop_index('ix_service_categories', table_name='service', postgresql_using='gin')
    op.drop_table('service')
    op.drop_table('schedule')
    op.drop_table('identity')
    op.drop_index('uq_enrolment_active', table_name='enrolment', postgresql_where=sa.text('active'))
    op.drop_index('ix_enrolment_site', table_name='enrolment')
    op.drop_table('enrolment')
    op.drop_index('ix_consent_ledger_worker', table_name='consent_ledger')
    op.drop_table('consent_ledger')
    op.drop_table('brand_site')
    op.drop_table('api_key')
    op.drop_table('worker')
    op.drop_table('survey')
    op.drop_table('site')
    op.drop_table('organization')
    op.drop_table('location')
    op.drop_table('channel')
    op.drop_table('brand')
    op.drop_table('programme')
    op.execute("DROP FUNCTION shiftline_freeze_survey")
    op.execute("DROP FUNCTION shiftline_refuse")
