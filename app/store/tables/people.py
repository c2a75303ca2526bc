"""Programmes, keys, sites, workers, the vault and the consent ledger."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from app.domain.conversation import ConsentAct
from app.domain.roles import GRADES
from app.store.tables.figures import STRATA
from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, owner_key, programme

programmes = Table(
    "programme",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("threshold", SmallInteger, nullable=False, server_default="10"),
    instant("created_at"),
    CheckConstraint("threshold >= 5", name="threshold_protects"),
)

brands = Table(
    "brand",
    metadata,
    key(),
    programme(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("programme_id", "code"),
    owner_key(),
    of_programme(),
)

sites = Table(
    "site",
    metadata,
    key(),
    programme(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("supplier", Text, nullable=False, server_default=""),
    Column("sector", Text, nullable=False, server_default=""),
    Column("country", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("zone", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("headcount", Integer),
    UniqueConstraint("programme_id", "code"),
    owner_key(),
    of_programme(),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_iso"),
    CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place_whole"),
)

brand_sites = Table(
    "brand_site",
    metadata,
    programme(),
    Column("brand_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    PrimaryKeyConstraint("brand_id", "site_id"),
    owned("brand_id", "brand"),
    owned("site_id", "site"),
)

# How many of a site's people are of which gender, age band and employment: what answers are weighted to.
site_margins = Table(
    "site_margin",
    metadata,
    programme(),
    Column("site_id", Uuid, nullable=False),
    Column("field", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("people", Integer, nullable=False),
    PrimaryKeyConstraint("site_id", "field", "category"),
    owned("site_id", "site"),
    one_of("field", STRATA),
    CheckConstraint("people >= 0", name="people_counted"),
)

channels = Table(
    "channel",
    metadata,
    key(),
    programme(),
    Column("carrier", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("two_way", Boolean, nullable=False, server_default="true"),
    # Its own pace, where it differs from its carrier's.
    Column("segments_per_second", Double),
    # One sender serves one programme: a reply must find its programme by the number it was sent to.
    UniqueConstraint("carrier", "sender"),
    owner_key(),
    of_programme(),
    CheckConstraint("segments_per_second > 0", name="pace_positive"),
)

workers = Table(
    "worker",
    metadata,
    key(),
    programme(),
    Column("consent", Text, nullable=False, server_default="unasked"),
    # Said that it is not safe now: neither text nor call, until they write that it is.
    Column("apart", Boolean, nullable=False, server_default="false"),
    instant("created_at"),
    instant("erased_at", nullable=True),
    owner_key(),
    of_programme(),
    one_of("consent", ("unasked", "granted", "refused", "withdrawn")),
)

identities = Table(
    "identity",
    metadata,
    key(),
    programme(),
    # Null while the sender is unknown; a number in a programme is one person's.
    Column("worker_id", Uuid),
    Column("cipher", LargeBinary, nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("blind_index", LargeBinary, nullable=False),
    # A STOP is honoured from anyone, also from a number no roster has named yet.
    Column("stopped", Boolean, nullable=False, server_default="false"),
    # Texts go to a worker's main number; a reply from another of theirs is theirs too.
    Column("main", Boolean, nullable=False, server_default="true"),
    # A roster gave it to more than one person.
    Column("shared", Boolean, nullable=False, server_default="false"),
    instant("created_at"),
    UniqueConstraint("programme_id", "blind_index"),
    Index("uq_identity_main", "worker_id", unique=True, postgresql_where=text("main AND worker_id IS NOT NULL")),
    Index("ix_identity_worker", "worker_id"),
    owner_key(),
    of_programme(),
    owned("worker_id", "worker"),
)

enrolments = Table(
    "enrolment",
    metadata,
    key(),
    programme(),
    Column("worker_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("language", Text, nullable=False),
    Column("gender", Text, nullable=False, server_default=""),
    Column("age_band", Text, nullable=False, server_default=""),
    Column("employment", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("confirmed", Boolean, nullable=False, server_default="true"),
    # The worker chose the language by text; the next roster does not take it back.
    Column("chosen", Boolean, nullable=False, server_default="false"),
    instant("created_at"),
    owner_key(),
    owned("worker_id", "worker"),
    owned("site_id", "site"),
    Index("uq_enrolment_active", "worker_id", unique=True, postgresql_where=text("active")),
    Index("ix_enrolment_site", "programme_id", "site_id"),
)

consent_ledger = Table(
    "consent_ledger",
    metadata,
    key(),
    programme(),
    Column("worker_id", Uuid, nullable=False),
    Column("act", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    instant("at"),
    owned("worker_id", "worker"),
    one_of("act", ConsentAct),
    Index("ix_consent_ledger_worker", "worker_id", "at"),
)

api_keys = Table(
    "api_key",
    metadata,
    key(),
    Column("programme_id", Uuid),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("brand_id", Uuid),
    Column("organization_id", Uuid),
    Column("scopes", ARRAY(Text), nullable=False, server_default="{}"),
    # Of an NGO's keys, how much of its programme they may change.
    Column("grade", Text, nullable=False, server_default=""),
    # Whose sign-in it stands for; null for a key whose secret somebody holds.
    Column("account_id", Uuid),
    instant("created_at"),
    instant("revoked_at", nullable=True),
    CheckConstraint("scopes = '{}' OR role = 'ngo'", name="scopes_are_of_an_ngo"),
    CheckConstraint("(role = 'ngo') = (grade <> '')", name="grades_are_of_an_ngo"),
    one_of("grade", ("", *GRADES)),
    one_of("role", ("operator", "ngo", "brand", "provider")),
    CheckConstraint("(role = 'operator') = (programme_id IS NULL)", name="operator_has_no_programme"),
    CheckConstraint("(role = 'brand') = (brand_id IS NOT NULL)", name="brand_named"),
    CheckConstraint("(role = 'provider') = (organization_id IS NOT NULL)", name="organization_named"),
    of_programme(),
    owned("brand_id", "brand"),
    ForeignKeyConstraint(["programme_id", "organization_id"], ["organization.programme_id", "organization.id"]),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    Index("ix_api_key_account", "account_id", postgresql_where=text("account_id IS NOT NULL")),
)

sessions = Table(
    "session",
    metadata,
    key(),
    Column("key_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    # Which browser it is, in a word or two, so that people know their own.
    Column("browser", Text, nullable=False, server_default=""),
    instant("created_at"),
    instant("seen_at"),
    instant("expires_at"),
    Index("ix_session_key", "key_id"),
    ForeignKeyConstraint(["key_id"], ["api_key.id"], ondelete="CASCADE"),
)
