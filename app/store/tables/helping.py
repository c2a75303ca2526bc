"""The registry, needs and referrals."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.referral import Actor, Cause, ReferralState
from app.domain.survey import Sensitivity, Urgency
from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, owner_key, programme

organizations = Table(
    "organization",
    metadata,
    programme(),
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("document", JSONB, nullable=False),
    instant("modified_at"),
    # HSDS ids come from elsewhere and may stand in two programmes.
    PrimaryKeyConstraint("programme_id", "id"),
    of_programme(),
)

services = Table(
    "service",
    metadata,
    programme(),
    Column("id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("sms_name", Text, nullable=False),
    # What texts call it where its own name might tell of the high tier; the NGO's word, which no import has.
    Column("discreet_name", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("schedules", JSONB, nullable=False),
    Column("capacity", Integer),
    Column("verified_on", Date),
    # Whether it is reached from anywhere: it is nowhere in particular, or has a virtual place.
    Column("anywhere", Boolean, nullable=False, server_default="false"),
    Column("document", JSONB, nullable=False),
    # The same service as another source has it, which is offered in its stead.
    Column("merged_id", Uuid),
    instant("modified_at"),
    PrimaryKeyConstraint("programme_id", "id"),
    owned("organization_id", "organization"),
    owned("merged_id", "service"),
    one_of("status", ("active", "inactive", "defunct", "temporarily closed")),
    CheckConstraint("capacity >= 0", name="capacity_counts"),
    Index("ix_service_categories", "categories", postgresql_using="gin"),
    Index("ix_service_organization", "programme_id", "organization_id"),
    Index(
        "ix_service_anywhere",
        "programme_id",
        postgresql_where=text("anywhere AND status = 'active' AND merged_id IS NULL"),
    ),
)

locations = Table(
    "location",
    metadata,
    programme(),
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False, server_default="physical"),
    Column("name", Text, nullable=False, server_default=""),
    Column("country", Text, nullable=False, server_default=""),
    Column("city", Text, nullable=False, server_default=""),
    Column("latitude", Double),
    Column("longitude", Double),
    PrimaryKeyConstraint("programme_id", "id"),
    of_programme(),
    one_of("kind", ("physical", "postal", "virtual")),
)

service_locations = Table(
    "service_at_location",
    metadata,
    programme(),
    Column("service_id", Uuid, nullable=False),
    Column("location_id", Uuid, nullable=False),
    # What matching asks of the service and the location, told again here: the nearest that fit are one index's affair.
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("categories", ARRAY(Text), nullable=False, server_default="{}"),
    Column("country", Text, nullable=False, server_default=""),
    Column("latitude", Double),
    Column("longitude", Double),
    PrimaryKeyConstraint("programme_id", "service_id", "location_id"),
    owned("service_id", "service", cascade=True),
    owned("location_id", "location"),
    Index(
        "ix_service_at_location_point",
        text("point(longitude, latitude)"),
        postgresql_using="gist",
        postgresql_where=text("active AND latitude IS NOT NULL"),
    ),
    Index(
        "ix_service_at_location_unmeasured",
        "programme_id",
        "country",
        postgresql_where=text("active AND latitude IS NULL"),
    ),
)

needs = Table(
    "need",
    metadata,
    key(),
    programme(),
    # Null when an unknown sender cried for help: a person looks.
    Column("worker_id", Uuid),
    Column("identity_id", Uuid),
    Column("site_id", Uuid),
    Column("round_id", Uuid),
    Column("invitation_id", Uuid),
    # The text it was raised by, for the person who is to read it.
    Column("inbox_id", Uuid),
    Column("category", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("sensitivity", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("question", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    instant("deadline_at"),
    # When the focal points were last told of it, and who of them took it up.
    instant("alerted_at", nullable=True),
    instant("acknowledged_at", nullable=True),
    Column("acknowledged_by", Uuid),
    # The service to offer next, because somebody proposed to transfer it there.
    Column("wanted_service_id", Uuid),
    # The need that this one turned out to be the same as.
    Column("joined_id", Uuid),
    instant("created_at"),
    instant("updated_at"),
    owner_key(),
    UniqueConstraint("id", "sensitivity"),
    UniqueConstraint("id", "worker_id"),
    of_programme(),
    owned("worker_id", "worker"),
    owned("identity_id", "identity"),
    owned("site_id", "site"),
    owned("round_id", "round"),
    ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
    ForeignKeyConstraint(["programme_id", "joined_id"], ["need.programme_id", "need.id"]),
    ForeignKeyConstraint(["programme_id", "wanted_service_id"], ["service.programme_id", "service.id"]),
    one_of("urgency", Urgency),
    one_of("sensitivity", Sensitivity),
    one_of("source", ("answer", "words")),
    # asked: an offer or the call question is with the worker; person: a focal point has it.
    one_of("state", ("new", "asked", "referred", "declined", "unmatched", "person", "closed")),
    # A high need never leaves by itself: it can be asked about and given to a person, nothing else.
    CheckConstraint("sensitivity = 'standard' OR state NOT IN ('referred', 'unmatched')", name="high_never_leaves"),
    CheckConstraint("sensitivity = 'standard' OR wanted_service_id IS NULL", name="high_is_offered_nothing"),
    Index("ix_need_to_route", "created_at", postgresql_where=text("state IN ('new', 'unmatched')")),
    Index(
        "uq_need_once_open",
        "worker_id",
        "category",
        "sensitivity",
        unique=True,
        postgresql_where=text("worker_id IS NOT NULL AND state NOT IN ('closed', 'declined')"),
    ),
    Index(
        "uq_need_of_stranger",
        "identity_id",
        "category",
        unique=True,
        postgresql_where=text("worker_id IS NULL AND state NOT IN ('closed', 'declined')"),
    ),
    Index("ix_need_wanted", "created_at", postgresql_where=text("wanted_service_id IS NOT NULL")),
    Index(
        "ix_need_unacknowledged",
        "alerted_at",
        postgresql_where=text(
            "sensitivity = 'high' AND acknowledged_at IS NULL AND state NOT IN ('closed', 'declined') AND urgency <> 'normal'"
        ),
    ),
    Index("ix_need_round", "round_id"),
    Index("ix_need_desk", "programme_id", postgresql_where=text("state NOT IN ('closed', 'declined')")),
)

referral_consents = Table(
    "referral_consent",
    metadata,
    key(),
    programme(),
    Column("need_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("words", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    instant("given_at"),
    UniqueConstraint("programme_id", "id", "need_id", "service_id"),
    owned("need_id", "need"),
    owned("service_id", "service"),
    # The consent is of the very worker whose need it is.
    ForeignKeyConstraint(["need_id", "worker_id"], ["need.id", "need.worker_id"]),
    CheckConstraint("words <> '' AND cardinality(fields) > 0", name="says_what"),
)

referrals = Table(
    "referral",
    metadata,
    key(),
    programme(),
    Column("need_id", Uuid, nullable=False),
    Column("sensitivity", Text, nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("consent_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("helped", Boolean),
    # When the worker may be asked next whether it helped, and how often that was asked; null: not to be asked.
    instant("check_at", nullable=True),
    Column("checks", SmallInteger, nullable=False, server_default="0"),
    # Since when nobody may contact the worker: they opted out of texts, and have not said that it shall go on.
    instant("paused_at", nullable=True),
    Column("reasons", ARRAY(Text), nullable=False),
    instant("deadline_at"),
    instant("created_at"),
    instant("updated_at"),
    owner_key(),
    UniqueConstraint("consent_id"),
    owned("need_id", "need"),
    owned("service_id", "service"),
    # A referral without the worker's consent to this very service for this very need cannot exist,
    ForeignKeyConstraint(
        ["programme_id", "consent_id", "need_id", "service_id"],
        [
            "referral_consent.programme_id",
            "referral_consent.id",
            "referral_consent.need_id",
            "referral_consent.service_id",
        ],
        name="fk_referral_consent",
    ),
    # nor one of a sensitive need.
    ForeignKeyConstraint(["need_id", "sensitivity"], ["need.id", "need.sensitivity"], name="fk_referral_sensitivity"),
    CheckConstraint("sensitivity = 'standard'", name="only_standard"),
    one_of("state", ReferralState),
    one_of("urgency", Urgency),
    Index("ix_referral_need", "need_id"),
    Index("ix_referral_to_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    Index("ix_referral_unanswered", "deadline_at", postgresql_where=text("state = 'requested'")),
    Index("ix_referral_service", "programme_id", "service_id", "state"),
)

referral_events = Table(
    "referral_event",
    metadata,
    key(),
    programme(),
    Column("referral_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text, nullable=False, server_default=""),
    instant("at"),
    owned("referral_id", "referral"),
    one_of("state", ReferralState),
    one_of("actor", Actor),
    one_of("cause", Cause),
    Index("ix_referral_event_referral", "referral_id", "at"),
)

focal_points = Table(
    "focal_point",
    metadata,
    key(),
    programme(),
    Column("name", Text, nullable=False),
    # The address for letters; the phone is sealed as every number is.
    Column("sealed", LargeBinary),
    Column("key_version", SmallInteger),
    Column("identity_id", Uuid),
    Column("language", Text, nullable=False, server_default="en"),
    instant("created_at"),
    of_programme(),
    owned("identity_id", "identity"),
    CheckConstraint("sealed IS NOT NULL OR identity_id IS NOT NULL", name="can_be_reached"),
    Index("ix_focal_point_programme", "programme_id"),
)
