"""``placelibre desk``: the operators' desk, its server and what it does for other systems; a module a command."""

import typer

from ops.cli import (
    desk_alarms,
    desk_at,
    desk_commands,
    desk_edits,
    desk_link,
    desk_report,
    desk_round,
    desk_run,
    desk_trouble,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The operators' desk: what is wrong in the city, who is on it, and the means to act.\n\n"
    "[bold]Example[/bold]: placelibre desk run --tenant nantes",
)

app.command("run")(desk_run.run_)
app.command("link")(desk_link.link)
app.command("at")(desk_at.at)
app.command("round")(desk_round.round_)
app.command("report")(desk_report.report)
app.command("trouble")(desk_trouble.trouble)
for said_to_alarm in (desk_alarms.alarms, desk_alarms.ack, desk_alarms.shelve, desk_alarms.unshelve, desk_alarms.note):
    app.command()(said_to_alarm)
for said_to_place in (desk_commands.override, desk_commands.release, desk_commands.recount, desk_commands.status):
    app.command()(said_to_place)
for said_to_catalogue in (desk_edits.edit, desk_edits.undo, desk_edits.log):
    app.command()(said_to_catalogue)
