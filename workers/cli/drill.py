"""`./runut drill NAME`: put the service under real trouble and check that nothing was lost. One line a drill."""

import typer

from workers.drill.flood.command import flood
from workers.drill.kill.command import kill
from workers.drill.restore import restore
from workers.drill.storm.command import storm

app = typer.Typer(
    help="Put the service under real trouble, in a folder of its own, and check that nothing was lost.",
    no_args_is_help=True,
)
app.command("flood")(flood)
app.command("kill")(kill)
app.command("restore")(restore)
app.command("storm")(storm)


@app.callback()
def describe() -> None:
    """Make this a group even while it has one drill only."""
