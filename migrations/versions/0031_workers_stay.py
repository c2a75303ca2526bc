"""A million invitations are drawn from the rows they name, and conversations begun from invitations: those rows stay

Revision: 0031
Follows: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"

_READ = (("invitation", "worker_id", "worker"), ("conversation", "worker_id", "worker"), ("conversation", "invitation_id", "invitation"))


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE TRIGGER worker_stays BEFORE DELETE ON worker FOR EACH STATEMENT EXECUTE FUNCTION shiftline_stay()")
    for table, column, _ in _READ:
        op.drop_constraint(op.f(f"fk_{table}_programme_id_{column}"), table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column, named in _READ:
        op.create_foreign_key(
            op.f(f"fk_{table}_programme_id_{column}"), table, named, ["programme_id", column], ["programme_id", "id"]
        )
    op.execute("DROP TRIGGER worker_stays ON worker")
