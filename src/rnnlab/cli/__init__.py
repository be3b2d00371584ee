"""The command `rnnlab`: parse, call, print. Results to stdout, progress to stderr.

Exit codes: 0 done; 1 the answer is no; 2 a mistake that a person can mend, said in one sentence; 130 interrupted.
"""

from __future__ import annotations

import errno
import importlib
import json
import sys
from pathlib import Path
from typing import NoReturn

import click

import rnnlab
from rnnlab.cli.exercise import exercise, exercises
from rnnlab.cli.study import study
from rnnlab.errors import InputError

MENDABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EISDIR, errno.ENOTDIR}


def main() -> NoReturn:
    """The entry point: runs the command and exits with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of `rnnlab ARGUMENTS`; only a bug ends in a traceback."""
    try:
        return rnnlab_command.main(arguments, prog_name="rnnlab", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
    except InputError as error:
        click.echo(str(error), err=True)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. What was finished is kept; the same command goes on from there.", err=True)
        return 130
    except OSError as error:
        if error.errno not in MENDABLE:
            raise
        click.echo(f"{error.strerror}: {error.filename or 'no file named'}. Mend it and run the same again.", err=True)
    return 2


# Commands whose options alone need packages that take a second to import: name → module, and the line of help.
LATER = {
    "forecast": ("rnnlab.cli.forecast", "RNN, LSTM and GRU against baselines on your own data."),
    "predict": ("rnnlab.cli.forecast", "Forecast new data with a model that was kept."),
}


class Whole(click.Group):
    """A group whose help lists the commands of its groups too: the whole product on one screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that are here and those that are loaded when they are called."""
        return [*self.commands, *LATER]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, with what it imports."""
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(LATER[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each command that does something."""
        rows = []
        for name, command in self.commands.items():
            inner = command.commands.items() if isinstance(command, click.Group) else [("", command)]
            rows += [(f"{name} {last}".strip(), each.short_help or "") for last, each in inner]
        rows += [(name, text) for name, (_, text) in LATER.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Whole, invoke_without_command=True, context_settings={"max_content_width": 100})
@click.version_option(rnnlab.__version__, message="rnnlab %(version)s")
@click.pass_context
def rnnlab_command(context: click.Context) -> None:
    """rnnlab course --chapter 10

    RNN Fundamentals: a course on recurrent networks that runs, and the laboratory it runs on. Results go to stdout,
    progress to stderr.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@rnnlab_command.command(short_help="Run the chapters and judge their claims.")
@click.option("--chapter", type=int, multiple=True, help="Only this chapter; may be repeated. Default: all.")
@click.option("--full", is_flag=True, help="Full studies (10 or more seeds, minutes) instead of quick ones.")
@click.option("--again", is_flag=True, help="Run chapters that have not changed, too.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the executed notebooks.")
@click.option("--json", "as_json", is_flag=True, help="Print verdicts as JSON.")
def course(chapter: tuple[int, ...], full: bool, again: bool, out: Path | None, as_json: bool) -> int:
    """rnnlab course --chapter 10

    Runs chapters from their first cell to their last and prints the verdicts on their claims. Exit code 1 when a
    chapter does not reach its end.
    """
    from rnnlab.chapters.run import run_course

    done = run_course(chapter or None, mode="full" if full else "quick", out=out, again=again)
    if as_json:
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, allow_nan=False))
    else:
        done.print()
    return done.exit_code


@rnnlab_command.command(short_help="What this machine has, and a remedy for what it lacks.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def doctor(as_json: bool) -> int:
    """rnnlab doctor

    Looks at what this machine has and the course needs, and names the remedy for every lack. Exit code 1 when
    something is missing.
    """
    from rnnlab.doctor import examine

    checks = examine()
    if as_json:
        fields = [{**vars(check), "well": check.well} for check in checks]
        click.echo(json.dumps(fields, ensure_ascii=False))
    else:
        for check in checks:
            mark = "✓" if check.well else "–" if check.optional else "✗"
            click.echo(f"{mark} {check.name:<22} {check.found}")
            if check.remedy:
                click.echo(f"  {'':<22} → {check.remedy}")
        missing = sum(check.missing for check in checks)
        click.echo("All well." if not missing else f"{missing} missing; the arrows say what to do.")
    return int(any(check.missing for check in checks))


rnnlab_command.add_command(exercise)
rnnlab_command.add_command(exercises)
rnnlab_command.add_command(study)
