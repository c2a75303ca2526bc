"""Surveys, rounds, invitations, conversations, messages, answers and figures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.dispositions import Disposition
from app.domain.understanding import Method, Outcome
from app.store.tables.figures import strata
from app.store.tables.schema import instant, key, metadata, of_programme, one_of, owned, owner_key, programme

TURNS = Sequence("turn_seq", metadata=metadata, data_type=BigInteger)
"""The order in which replies arrive and texts leave, whatever the hosts' clocks say."""

surveys = Table(
    "survey",
    metadata,
    key(),
    programme(),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("document", JSONB, nullable=False),
    instant("created_at"),
    instant("published_at", nullable=True),
    UniqueConstraint("programme_id", "code", "version"),
    owner_key(),
    of_programme(),
    one_of("status", ("draft", "published")),
    CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published_when"),
)

schedules = Table(
    "schedule",
    metadata,
    key(),
    programme(),
    Column("survey_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("recurrence", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("plan", JSONB, nullable=False),
    Column("override", JSONB),
    Column("active", Boolean, nullable=False, server_default="true"),
    instant("created_at"),
    owner_key(),
    owned("survey_id", "survey"),
)

rounds = Table(
    "round",
    metadata,
    key(),
    programme(),
    Column("survey_id", Uuid, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan", JSONB, nullable=False),
    Column("seed", BigInteger, nullable=False),
    # Who took a draft wording on their name, and why; null when none was needed.
    Column("override", JSONB),
    Column("schedule_id", Uuid),
    Column("local_date", Date),
    instant("opens_at"),
    instant("closes_at"),
    # Nothing new begins, and nothing but answers leaves.
    instant("paused_at", nullable=True),
    instant("created_at"),
    owner_key(),
    owned("survey_id", "survey"),
    owned("channel_id", "channel"),
    owned("schedule_id", "schedule"),
    # Exactly-once comes from here, not from a clock: cron triggers fire twice when clocks go back.
    UniqueConstraint("schedule_id", "local_date"),
    # A launch that is sent twice makes one round.
    UniqueConstraint("programme_id", "name"),
    one_of("state", ("planned", "open", "closed")),
    CheckConstraint("closes_at > opens_at", name="closes_later"),
    CheckConstraint("(schedule_id IS NULL) = (local_date IS NULL)", name="scheduled_whole"),
)

invitations = Table(
    "invitation",
    metadata,
    key(),
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    Column("enrolment_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("country", Text, nullable=False),
    Column("language", Text, nullable=False),
    *strata(),
    instant("planned_at"),
    instant("sent_at", nullable=True),
    instant("delivered_at", nullable=True),
    instant("failed_at", nullable=True),
    instant("started_at", nullable=True),
    instant("closed_at", nullable=True),
    Column("begun", Boolean, nullable=False, server_default="false"),
    Column("reminded", Boolean, nullable=False, server_default="false"),
    Column("disposition", Text),
    UniqueConstraint("round_id", "worker_id"),
    owner_key(),
    # Round, worker, site and enrolment come out of the rows it is drawn from, a million at a time.
    one_of("disposition", Disposition),
    CheckConstraint("(disposition IS NULL) = (closed_at IS NULL)", name="closed_with_disposition"),
    # Nothing in it but what most invitations are once: to close one, the last of many writes to it, writes to no index.
    Index("ix_invitation_to_begin", "planned_at", postgresql_where=text("NOT begun")),
    # Room for a new version beside the old, of which no index then has to learn.
    postgresql_with={"fillfactor": 80},
)

conversations = Table(
    "conversation",
    metadata,
    key(),
    programme(),
    Column("worker_id", Uuid, nullable=False),
    Column("invitation_id", Uuid),
    Column("need_id", Uuid),
    Column("referral_id", Uuid),
    Column("service_id", Uuid),
    Column("survey_id", Uuid),
    Column("channel_id", Uuid, nullable=False),
    Column("state", JSONB, nullable=False),
    Column("open", Boolean, nullable=False),
    # Timers start when the carrier took the text; until then they are null.
    # A reply is none to a text that the carrier has not taken yet.
    instant("asked_at", nullable=True),
    instant("remind_at", nullable=True),
    instant("expires_at", nullable=True),
    # The worker asked to be asked again then.
    instant("resume_at", nullable=True),
    instant("created_at"),
    owned("need_id", "need"),
    owned("referral_id", "referral"),
    owned("survey_id", "survey"),
    owned("channel_id", "channel"),
    CheckConstraint("(invitation_id IS NULL) = (survey_id IS NULL)", name="survey_of_invitation"),
    Index("uq_conversation_open", "worker_id", unique=True, postgresql_where=text("open")),
    Index("ix_conversation_remind", "remind_at", postgresql_where=text("open AND remind_at IS NOT NULL")),
    Index("ix_conversation_expire", "expires_at", postgresql_where=text("open AND expires_at IS NOT NULL")),
    Index("ix_conversation_resume", "resume_at", postgresql_where=text("open AND resume_at IS NOT NULL")),
    Index("ix_conversation_invitation", "invitation_id"),
    Index("ix_conversation_referral", "referral_id", postgresql_where=text("referral_id IS NOT NULL")),
    Index("ix_conversation_need", "worker_id", "created_at", postgresql_where=text("need_id IS NOT NULL")),
    Index("ix_conversation_offered", "service_id", postgresql_where=text("open AND service_id IS NOT NULL")),
    postgresql_with={"fillfactor": 70},
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    programme(),
    Column("identity_id", Uuid, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("conversation_id", Uuid),
    Column("invitation_id", Uuid),
    Column("survey_id", Uuid),
    Column("carrier", Text, nullable=False),
    Column("say", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("reference", Text),
    Column("segments", SmallInteger),
    Column("cause", Text),
    Column("code", Text),
    instant("due_at"),
    instant("claimed_at", nullable=True),
    instant("lease_until", nullable=True),
    # Its place among arrivals and departures, from which on it may be on the phone: a reply of an earlier place was
    # written before. Drawn from one sequence, since the clocks of two hosts do not agree.
    Column("left_no", BigInteger),
    instant("sent_at", nullable=True),
    instant("settled_at", nullable=True),
    # Since when it waits for a person: it failed for a reason that somebody can mend.
    instant("dead_at", nullable=True),
    # How often the carrier was asked what became of it, and when last.
    Column("lookups", SmallInteger, nullable=False, server_default="0"),
    instant("looked_at", nullable=True),
    # What an operator decided of it, with which key, when.
    Column("decision", Text),
    Column("decided_by", Uuid),
    instant("decided_at", nullable=True),
    # The text this one is a further try of. A row is one hand-over's fate, so that late word of the first try
    # never settles the second; and unique, so that a text has one further try, however often that is asked for.
    Column("retry_of", Uuid),
    # The way it belongs to: that of the reply it answers. Null for one that begins a way; its id names it then.
    Column("trace_id", Uuid),
    instant("created_at"),
    # No key to what was just read and is never deleted, such as person, conversation and channel: each writer would look
    # it up and lock it once more.
    ForeignKeyConstraint(["retry_of"], ["outbox.id"]),
    one_of("state", ("queued", "sending", "accepted", "delivered", "failed", "unknown", "cancelled")),
    CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="leased_while_sending"),
    one_of("decision", ("sent", "again")),
    CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_when"),
    CheckConstraint("dead_at IS NULL OR state = 'failed'", name="dead_is_failed"),
    # Without those that have none: each index a claim need not write to makes it faster.
    Index(
        "uq_outbox_carrier_reference",
        "carrier",
        "reference",
        unique=True,
        postgresql_where=text("reference IS NOT NULL"),
    ),
    Index("uq_outbox_retry_of", "retry_of", unique=True, postgresql_where=text("retry_of IS NOT NULL")),
    # By sender, so that a claim costs the same whatever waits at the others; who has something urgent is found first.
    Index("ix_outbox_waiting", "priority", "channel_id", "due_at", "id", postgresql_where=text("state = 'queued'")),
    # Whether an earlier text of the same phone waits, or leaves. Two: a claim writes to the second, and of a million phones
    # that wait each has its place in the first, each in a page of its own to be read, written, and written to the log.
    Index("ix_outbox_phone_waiting", "identity_id", "id", postgresql_where=text("state = 'queued'")),
    Index("ix_outbox_phone_leaving", "identity_id", "lease_until", postgresql_where=text("state = 'sending'")),
    Index("ix_outbox_unknown", "carrier", "sent_at", postgresql_where=text("state = 'unknown'")),
    Index("ix_outbox_unreported", "carrier", "sent_at", postgresql_where=text("state = 'accepted'")),
    Index("ix_outbox_dead", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    Index("ix_outbox_conversation", "conversation_id", postgresql_where=text("conversation_id IS NOT NULL")),
    # Which phones were told lately what is said once a while: that nobody asked them anything, or how a service answers.
    Index(
        "ix_outbox_said_lately",
        "identity_id",
        "created_at",
        postgresql_where=text("say->>'key' IN ('neutral', 'unknown', 'desk_help', 'desk_confirm')"),
    ),
)

# How many segments a sender may hand over now, whichever process asks.
sender_budgets = Table(
    "sender_budget",
    metadata,
    Column("channel_id", Uuid, primary_key=True),
    # Below zero after texts that were longer than they were taken for.
    Column("tokens", Double, nullable=False),
    instant("filled_at"),
    # Segments a text of this sender took lately: what a claim charges before the texts are written.
    Column("mean", Double, nullable=False, server_default="1"),
    # When it was last served, in the one sequence: whoever waited longest comes first.
    Column("served_no", BigInteger, nullable=False, server_default="0"),
    ForeignKeyConstraint(["channel_id"], ["channel.id"], ondelete="CASCADE"),
    CheckConstraint("mean >= 1", name="mean_at_least_one"),
)

# When each carrier was last asked what it knows, so that of many processes one asks.
carrier_lookups = Table(
    "carrier_lookup",
    metadata,
    Column("carrier", Text, primary_key=True),
    instant("looked_at", nullable=True),
    instant("thorough_at", nullable=True),
)

inbox = Table(
    "inbox",
    metadata,
    key(),
    programme(),
    Column("channel_id", Uuid, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("sender_cipher", LargeBinary, nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("sender_index", LargeBinary, nullable=False),
    Column("text", Text),
    Column("state", Text, nullable=False, server_default="new"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("identity_id", Uuid),
    Column("conversation_id", Uuid),
    # Names the way from the webhook to the answer, in every log.
    Column("trace_id", Uuid),
    Column("arrived_no", BigInteger, TURNS, nullable=False, server_default=TURNS.next_value()),
    instant("received_at"),
    # It lay in a spool, or pieces of it were missing: its turn tells nothing, and the clock must.
    Column("waited", Boolean, nullable=False, server_default="false"),
    instant("handled_at", nullable=True),
    # For ever, not in a cache with a lifetime: carriers deliver the same reply twice.
    UniqueConstraint("carrier", "reference"),
    one_of("state", ("new", "handled", "failed")),
    Index("ix_inbox_new", "received_at", "id", postgresql_where=text("state = 'new'")),
    Index("ix_inbox_failed", "handled_at", postgresql_where=text("state = 'failed'")),
    Index("ix_inbox_sender", "programme_id", "sender_index", "id", postgresql_where=text("state = 'new'")),
)

# Pieces of a long text, where the carrier hands them on one by one. A joined piece holds nothing but its reference,
# which stays taken for ever: what it said and who said it is in the inbox alone.
inbox_parts = Table(
    "inbox_part",
    metadata,
    key(),
    programme(),
    Column("channel_id", Uuid, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("part_key", Text, nullable=False),
    Column("part_no", SmallInteger, nullable=False),
    Column("part_count", SmallInteger, nullable=False),
    Column("sender_cipher", LargeBinary),
    Column("key_version", SmallInteger, nullable=False),
    Column("sender_index", LargeBinary),
    Column("text", Text),
    instant("received_at"),
    instant("joined_at", nullable=True),
    UniqueConstraint("carrier", "reference"),
    owned("channel_id", "channel"),
    CheckConstraint("part_no BETWEEN 1 AND part_count AND part_count BETWEEN 2 AND 255", name="part_within"),
    Index("ix_inbox_part_open", "received_at", postgresql_where=text("joined_at IS NULL")),
    Index("ix_inbox_part_key", "sender_index", "part_key", postgresql_where=text("joined_at IS NULL")),
)

answers = Table(
    "answer",
    metadata,
    key(),
    programme(),
    Column("round_id", Uuid, nullable=False),
    Column("invitation_id", Uuid, nullable=False),
    Column("site_id", Uuid, nullable=False),
    Column("question", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("value", JSONB),
    Column("method", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("inbox_id", Uuid),
    # Whose key coded it by hand, where nobody but a person understood it.
    Column("coded_by", Uuid),
    instant("at"),
    UniqueConstraint("invitation_id", "question"),
    one_of("outcome", Outcome),
    one_of("method", Method),
    CheckConstraint("(outcome = 'answer') = (value IS NOT NULL)", name="answer_has_value"),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_share"),
)

# Replies that came too early for the open question and are no answer to the one before, which has one: for a person to code.
unclear_replies = Table(
    "unclear_reply",
    metadata,
    key(),
    programme(),
    Column("invitation_id", Uuid, nullable=False),
    Column("question", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("inbox_id", Uuid, nullable=False),
    instant("at"),
    owned("invitation_id", "invitation"),
    Index("ix_unclear_reply_invitation", "invitation_id"),
)

# What a person coded by hand, proposed for the tables of words: reviewed, never entered by itself.
proposals = Table(
    "lexicon_proposal",
    metadata,
    key(),
    programme(),
    Column("language", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("meaning", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="proposed"),
    Column("proposed_by", Uuid, nullable=False),
    Column("reviewed_by", Text, nullable=False, server_default=""),
    instant("created_at"),
    instant("reviewed_at", nullable=True),
    UniqueConstraint("programme_id", "language", "form", "meaning"),
    of_programme(),
    one_of("state", ("proposed", "accepted", "rejected")),
    CheckConstraint("(state = 'proposed') = (reviewed_at IS NULL)", name="reviewed_when"),
)
