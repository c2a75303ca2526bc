"""The command line: `shiftline …`."""

import sys

import typer
from pydantic import ValidationError

from app.cli.accounts import account_commands
from app.cli.demo import demo
from app.cli.imports import providers_import, workers_import
from app.cli.keys import keys_create
from app.cli.serving import serve, web, work_command
from app.cli.surveys import survey_check, survey_try, understand_command
from app.cli.terminal import complain, end_when_told, with_wiring
from app.cli.upkeep import doctor, migrate_command, rebuild_figures_command
from app.domain.errors import DomainError, Fault
from app.main import log_to

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="An open line between workers and the people who can change their working life.",
)
app.command()(serve)
app.command()(web)
app.command("work")(work_command)
app.command("migrate")(migrate_command)
app.command()(demo)
app.command("rebuild-figures")(rebuild_figures_command)
app.command()(doctor)
app.command("understand")(understand_command)

survey_app = typer.Typer(no_args_is_help=True, help="Check a survey file, or hold its conversation in the terminal.")
survey_app.command("check")(survey_check)
survey_app.command("try")(survey_try)
app.add_typer(survey_app, name="survey")

workers_app = typer.Typer(no_args_is_help=True, help="Workers of a programme.")
workers_app.command("import")(workers_import)
app.add_typer(workers_app, name="workers")

providers_app = typer.Typer(no_args_is_help=True, help="The registry of local services.")
providers_app.command("import")(providers_import)
app.add_typer(providers_app, name="providers")

keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
keys_app.command("create")(keys_create)
app.add_typer(keys_app, name="keys")

app.add_typer(account_commands(with_wiring), name="account")


def main() -> None:
    """Entry of the `shiftline` command: every expected error is a message, not a trace."""
    # A command that ends tells its user; only what serves tells of each text.
    log_to(sys.stderr, "warning")
    end_when_told()
    try:
        app()
    except DomainError as problem:
        complain(problem.message, problem.faults)
        sys.exit(2)
    except ValidationError as problem:
        complain("The settings in the environment do not fit.", [
            Fault(".".join(str(part) for part in item["loc"]), item["msg"]) for item in problem.errors()
        ])  # fmt: skip
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
