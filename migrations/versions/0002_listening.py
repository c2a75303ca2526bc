"""What understanding replies needs: other numbers, wished times, hand coding and proposals

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'

_METHODS = ("digit", "word", "spelled", "range", "fuzzy", "whole", "none")
_ACTS = ("granted", "refused", "withdrawn", "restored")


def _words(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def upgrade() -> None:
    # A migration waits for no long transaction: better to fail and be tried again than to stop the service.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column('identity', sa.Column('main', sa.Boolean(), server_default='true', nullable=False))
    op.drop_constraint(op.f('uq_identity_worker_id'), 'identity', type_='unique')
    op.create_index('uq_identity_main', 'identity', ['worker_id'], unique=True, postgresql_where=sa.text('main AND worker_id IS NOT NULL'))
    op.create_index('ix_identity_worker', 'identity', ['worker_id'])
    op.add_column('conversation', sa.Column('resume_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_conversation_resume', 'conversation', ['resume_at'], postgresql_where=sa.text('open AND resume_at IS NOT NULL'))
    op.execute(sa.schema.CreateSequence(sa.Sequence('turn_seq', data_type=sa.BigInteger)))
    op.add_column('outbox', sa.Column('left_no', sa.BigInteger(), nullable=True))
    # What was sent before this column was, had left by then.
    op.execute("UPDATE outbox SET left_no = 0 WHERE state NOT IN ('queued', 'cancelled')")
    op.add_column('inbox', sa.Column('arrived_no', sa.BigInteger(), server_default=sa.text("nextval('turn_seq')"), nullable=False))
    op.add_column('answer', sa.Column('language', sa.Text(), server_default='', nullable=False))
    op.add_column('answer', sa.Column('coded_by', sa.Uuid(), nullable=True))
    op.drop_constraint(op.f('ck_answer_method_known'), 'answer', type_='check')
    op.create_check_constraint(op.f('ck_answer_method_known'), 'answer', _words('method', (*_METHODS[:-1], 'hand', 'none')))
    op.drop_constraint(op.f('ck_consent_ledger_act_known'), 'consent_ledger', type_='check')
    op.create_check_constraint(op.f('ck_consent_ledger_act_known'), 'consent_ledger', _words('act', (*_ACTS, 'wrong-person')))
    op.create_table('lexicon_proposal',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('language', sa.Text(), nullable=False),
        sa.Column('form', sa.Text(), nullable=False),
        sa.Column('meaning', postgresql.JSONB(), nullable=False),
        sa.Column('state', sa.Text(), server_default='proposed', nullable=False),
        sa.Column('proposed_by', sa.Uuid(), nullable=False),
        sa.Column('reviewed_by', sa.Text(), server_default='', nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name=op.f('ck_lexicon_proposal_state_known')),
        sa.CheckConstraint("(state = 'proposed') = (reviewed_at IS NULL)", name=op.f('ck_lexicon_proposal_reviewed_when')),
        sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_lexicon_proposal_programme_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_lexicon_proposal')),
        sa.UniqueConstraint('programme_id', 'language', 'form', 'meaning', name=op.f('uq_lexicon_proposal_programme_id_language_form_meaning')),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table('lexicon_proposal')
    op.drop_constraint(op.f('ck_consent_ledger_act_known'), 'consent_ledger', type_='check')
    op.create_check_constraint(op.f('ck_consent_ledger_act_known'), 'consent_ledger', _words('act', _ACTS), postgresql_not_valid=True)
    op.drop_constraint(op.f('ck_answer_method_known'), 'answer', type_='check')
    op.create_check_constraint(op.f('ck_answer_method_known'), 'answer', _words('method', _METHODS), postgresql_not_valid=True)
    op.drop_column('answer', 'coded_by')
    op.drop_column('answer', 'language')
    op.drop_column('inbox', 'arrived_no')
    op.drop_column('outbox', 'left_no')
    op.execute(sa.schema.DropSequence(sa.Sequence('turn_seq')))
    op.drop_index('ix_conversation_resume', table_name='conversation')
    op.drop_column('conversation', 'resume_at')
    op.drop_index('ix_identity_worker', table_name='identity')
    op.drop_index('uq_identity_main', table_name='identity')
    # Before, a worker had one number: the others become strangers' again.
    op.execute("UPDATE identity SET worker_id = NULL WHERE NOT main")
    op.create_unique_constraint(op.f('uq_identity_worker_id'), 'identity', ['worker_id'])
    op.drop_column('identity', 'main')
