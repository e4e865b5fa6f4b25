"""`delta-ci run show`."""

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.explanations import explanation_lines
from deltaci.cli.run.view import build_lines, job_rows, plan_lines, reason_line, run_line


def show(
    *,
    run_id: options.RunId,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show a run: its jobs, why they were planned or skipped, and why it failed."""
    detail = connect(url, token, data_dir).runs.get(run_id)
    if as_json:
        output.print_json(detail)
        return
    console = output.console()
    console.print(run_line(detail["run"]))
    for entry, line in job_rows(detail["jobs"]):
        console.print(line)
        if "reason" in entry["job"]:
            console.print(reason_line(entry))
    explained = explanation_lines(detail, output.folding_width(console))
    for line in (*plan_lines(detail), *build_lines(detail["run"]), *explained):
        console.print(line)
