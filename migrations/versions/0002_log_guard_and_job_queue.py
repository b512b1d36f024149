"""Guard the log and the evidence against changes, and install the job queue."""

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.util import await_only

from app.transparency.guard import GUARD_STATEMENTS
from app.verification.guard import EVIDENCE_STATEMENTS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def run_script(statements: str) -> None:
    """Run several statements at once, which prepared statements cannot, inside the transaction that is open."""
    driver = op.get_bind().connection.driver_connection
    assert driver.is_in_transaction()
    await_only(driver.execute(statements))


def upgrade() -> None:
    for statement in (*GUARD_STATEMENTS, *EVIDENCE_STATEMENTS):
        op.execute(statement)
    run_script(QueryBuilderEnvironment().build_install_query(create_schema=False))


def downgrade() -> None:
    run_script(QueryBuilderEnvironment().build_uninstall_query())
    op.execute("DROP FUNCTION refuse_evidence_change() CASCADE")
    op.execute("DROP FUNCTION refuse_log_entry_change() CASCADE")
