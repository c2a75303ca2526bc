"""The services' side: whom they are told by, what they have yet to be told of, and the codes they answer with."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.schema import instant, key, metadata, owned, owner_key, programme

provider_contacts = Table(
    "provider_contact",
    metadata,
    key(),
    programme(),
    Column("organization_id", Uuid, nullable=False),
    # Null: of all its services.
    Column("service_id", Uuid),
    # The address for letters; the phone is sealed as every number is.
    Column("sealed", LargeBinary),
    Column("key_version", SmallInteger),
    Column("identity_id", Uuid),
    # Where the phone is, for its night and its road.
    Column("country", Text, nullable=False, server_default=""),
    Column("zone", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="en"),
    instant("created_at"),
    # When its phone was sent a code, and when somebody proved to have read it: nothing of a referral goes there before.
    instant("asked_at", nullable=True),
    instant("confirmed_at", nullable=True),
    owner_key(),
    owned("organization_id", "organization"),
    owned("service_id", "service"),
    owned("identity_id", "identity"),
    CheckConstraint("sealed IS NOT NULL OR identity_id IS NOT NULL", name="can_be_reached"),
    CheckConstraint("identity_id IS NULL OR zone <> ''", name="phone_has_zone"),
    Index("ix_provider_contact_organization", "programme_id", "organization_id"),
    Index("ix_provider_contact_identity", "identity_id", postgresql_where=text("identity_id IS NOT NULL")),
    Index(
        "ix_provider_contact_unasked",
        "created_at",
        postgresql_where=text("identity_id IS NOT NULL AND asked_at IS NULL"),
    ),
)

# Steps that services were not told of yet. A trigger on `referral_event` writes them, so that whoever takes a step
# cannot forget to.
step_notices = Table(
    "step_notice",
    metadata,
    Column("event_id", Uuid, nullable=False),
    PrimaryKeyConstraint("event_id"),
    ForeignKeyConstraint(["event_id"], ["referral_event.id"], ondelete="CASCADE"),
)

# Of which deadline a service was reminded; a referral that is opened again has another.
deadline_notices = Table(
    "deadline_notice",
    metadata,
    Column("referral_id", Uuid, nullable=False),
    instant("deadline_at"),
    PrimaryKeyConstraint("referral_id"),
    ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
)

# A code is worked out of the row's id with a key of the vault's, and stands nowhere.
referral_codes = Table(
    "referral_code",
    metadata,
    key(),
    programme(),
    Column("referral_id", Uuid, nullable=False),
    Column("identity_id", Uuid, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    # When it was answered with, or its referral no longer waited.
    instant("closed_at", nullable=True),
    owned("referral_id", "referral", cascade=True),
    owned("identity_id", "identity", cascade=True),
    Index("ix_referral_code_identity", "identity_id", "expires_at"),
    Index("ix_referral_code_referral", "referral_id"),
)

# Wrong codes of a phone within a day; too many, and none is believed.
code_tries = Table(
    "code_try",
    metadata,
    key(),
    programme(),
    Column("identity_id", Uuid, nullable=False),
    instant("at"),
    owned("identity_id", "identity", cascade=True),
    Index("ix_code_try_identity", "identity_id", "at"),
)

# What was answered to a request that its sender may send again: by who asked, and the name they gave it.
kept_answers = Table(
    "kept_answer",
    metadata,
    Column("key_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("answer", JSONB),
    instant("created_at"),
    PrimaryKeyConstraint("key_id", "name"),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
    Index("ix_kept_answer_created", "created_at"),
)
