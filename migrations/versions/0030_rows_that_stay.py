"""What a turn writes names rows it has just read, which nothing ever deletes: that is said where they stand

Revision: 0030
Follows: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"

# Each was looked up and locked once more for every reply.
_READ = (
    ("answer", ["programme_id", "invitation_id"], "invitation", ["programme_id", "id"]),
    ("inbox", ["programme_id", "identity_id"], "identity", ["programme_id", "id"]),
    ("outbox", ["programme_id", "identity_id"], "identity", ["programme_id", "id"]),
    ("outbox", ["conversation_id"], "conversation", ["id"]),
)
_STAY = ("identity", "invitation", "conversation")
_REFUSE = """
CREATE FUNCTION shiftline_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a row of % is never deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_REFUSE)
    for table in _STAY:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION shiftline_stay()"
        )
    for table, columns, _, _ in _READ:
        op.drop_constraint(op.f(f"fk_{table}_{'_'.join(columns)}"), table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns, named, keys in _READ:
        op.create_foreign_key(op.f(f"fk_{table}_{'_'.join(columns)}"), table, named, columns, keys)
    for table in _STAY:
        op.execute(f"DROP TRIGGER {table}_stays ON {table}")
    op.execute("DROP FUNCTION shiftline_stay")
