"""The list of commands: what `./runut --help` shows and where each command lives.

To add a command, write `workers/cli/<name>.py` with `app = typer.Typer()` in it and add a line here. A file whose `app`
has one command is that command; one whose `app` has several, or an `@app.callback()`, is a group.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command: its name, the module with its `app`, its panel on the help page, and one sentence about it."""

    name: str
    module: str
    panel: str
    sentence: str


START = "Start here"
SERVICE = "Run the service"
DATA = "Geography, election, official figures, results"
READER = "The reader"
WORKSHOP = "For developers"

COMMANDS = (
    Command("demo", "workers.cli.demo", START, "Run a small election here, photo to tally, and leave the site open."),
    Command("test", "workers.cli.test", START, "Run the tests (words after it go to pytest)."),
    Command("doctor", "workers.cli.doctor", START, "See what is missing on this machine, why it matters, what to do."),
    Command("serve", "workers.cli.serve", SERVICE, "Start database, site and workers; prints the address."),
    Command("work", "workers.cli.work", SERVICE, "Run workers alone, beside sites on other machines."),
    Command("migrate", "workers.cli.migrate", SERVICE, "Bring the database to the newest schema."),
    Command("account", "workers.cli.account", SERVICE, "Make accounts for volunteers, reviewers, monitors, admins."),
    Command("jobs", "workers.cli.jobs", SERVICE, "See the jobs that were given up, and try them again."),
    Command("backup", "workers.cli.backup", SERVICE, "Keep database, photographs and keys in a folder, while it runs."),
    Command("restore", "workers.cli.restore", SERVICE, "Make an installation out of a backup, and compare the two."),
    Command("key", "workers.cli.key", SERVICE, "Make or change the key that signs receipts."),
    Command("wilayah", "workers.cli.wilayah", DATA, "Import provinces, regencies, districts, villages and their TPS."),
    Command("pemilu", "workers.cli.pemilu", DATA, "Import an election: contests, choices, forms, sections, policy."),
    Command("official", "workers.cli.official", DATA, "Import what the election authority published."),
    Command("tally", "workers.cli.tally", DATA, "Add the results up again, or check that the sums are right."),
    Command("publish", "workers.cli.publish", DATA, "Write what is counted as files for everybody, or as a folder."),
    Command("decisions", "workers.cli.decisions", DATA, "Compute stored decisions again, from what each was made of."),
    Command("report", "workers.cli.report", DATA, "Write the differences between results and official figures."),
    Command("read", "workers.cli.read", READER, "Read photographs of result sheets, without any service."),
    Command("boxes", "workers.cli.boxes", READER, "Read single digit boxes; export those that volunteers have read."),
    Command("draw", "workers.cli.draw", READER, "Draw filled result sheets and photograph them."),
    Command("layout", "workers.cli.layout", READER, "Add a form: describe it on its blank page, and try it out."),
    Command(
        "drill", "workers.cli.drill", WORKSHOP, "Put the service under real trouble and check that nothing was lost."
    ),
    Command("lint", "workers.cli.lint", WORKSHOP, "Check style, types, layers and formatting."),
)
