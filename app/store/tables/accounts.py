"""People's accounts, the links that make and mend them, tries to sign in, and the trail of who did what."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned

# What an account may do stands in its keys, of which nobody knows the secret: one for each programme it belongs to.
accounts = Table(
    "account",
    metadata,
    key(),
    # In small letters; the name a person signs in with.
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # Null for who signs in through an identity provider alone.
    Column("password", Text),
    # The secret of the app that shows codes, sealed, and the last step of its clock that was used.
    Column("totp", LargeBinary),
    Column("key_version", SmallInteger),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    # Who it is to the identity provider: issuer and subject.
    Column("subject", Text, unique=True),
    instant("created_at"),
    instant("locked_at", nullable=True),
    CheckConstraint("email = lower(email)", name="email_in_small_letters"),
    CheckConstraint("(totp IS NULL) = (key_version IS NULL)", name="totp_whole"),
)

recovery_codes = Table(
    "recovery_code",
    metadata,
    Column("account_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    instant("used_at", nullable=True),
    PrimaryKeyConstraint("account_id", "hash"),
    ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
)

# What a link in a letter opens, once: an account of this role, or a new password.
account_links = Table(
    "account_link",
    metadata,
    key(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("account_id", Uuid),
    # Whether a reset takes the second factor away too.
    Column("second_factor", Boolean, nullable=False, server_default="false"),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("programme_id", Uuid),
    Column("role", Text),
    Column("grade", Text, nullable=False, server_default=""),
    Column("scopes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("brand_id", Uuid),
    Column("organization_id", Uuid),
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", nullable=True),
    of_programme(),
    owned("brand_id", "brand"),
    owned("organization_id", "organization"),
    ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
    one_of("kind", ("invitation", "reset")),
    CheckConstraint("(kind = 'reset') = (account_id IS NOT NULL)", name="reset_of_an_account"),
    CheckConstraint("(kind = 'invitation') = (role IS NOT NULL)", name="invitation_to_a_role"),
    Index("ix_account_link_expires", "expires_at"),
)

# Tries that failed, by a keyed hash of the e-mail or the network address, whether or not there is such an account.
sign_in_tries = Table(
    "sign_in_try",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    instant("last_at"),
    CheckConstraint("failures >= 0", name="failures_counted"),
    Index("ix_sign_in_try_last", "last_at"),
)

# Append-only, as a trigger sees to; rows leave by age alone.
audits = Table(
    "audit",
    metadata,
    key(),
    Column("programme_id", Uuid),
    # Null for a try to sign in to an account that there is not.
    Column("key_id", Uuid),
    # The method and the route's own pattern, never what stood in the address.
    Column("action", Text, nullable=False),
    Column("object", Text),
    Column("outcome", SmallInteger, nullable=False),
    instant("at"),
    of_programme(),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
    Index("ix_audit_programme", "programme_id", "id"),
    Index("ix_audit_at", "at"),
)
