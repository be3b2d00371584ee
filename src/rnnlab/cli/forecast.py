"""`rnnlab forecast` and `rnnlab predict`: the comparison of chapter 10 on anybody's series."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rnnlab.errors import InputError
from rnnlab.forecasting.options import NETS, Options

if TYPE_CHECKING:
    from rnnlab.forecasting import Plan

Command = TypeVar("Command", bound=Callable[..., Any])

FOLDER = click.Path(path_type=Path, file_okay=False)
HELP = {each.name: each.metadata["help"] for each in fields(Options)}


class Names(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click only
    """Names parted by commas; a name that has a comma is given in an option of its own."""

    name = "NAME,NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names without the spaces around them."""
        return value if isinstance(value, tuple) else tuple(name.strip() for name in value.split(",") if name.strip())


class Rates(Names):
    """Numbers parted by commas."""

    name = "NUMBER,NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The numbers."""
        try:
            return tuple(float(name) for name in super().convert(value, param, ctx))
        except (TypeError, ValueError):
            self.fail(f"{value!r} is no list of numbers, as in 0.001,0.003.", param, ctx)


YEAR = re.compile(r"\d{4}(\d{4})?")


class Until(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click only
    """A share of the series such as 0.6, or a time such as 2024-01-01."""

    name = "TIME or SHARE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | float:
        """A number where it is one and no year or day, as 2024 and 20240101 are."""
        try:
            return str(value) if YEAR.fullmatch(str(value)) else float(value)
        except ValueError:
            return str(value)


# What the keywords of Python are called on the command line, in the sentences that name one: "give frequency='h'".
FLAGS = {"inputs": "with", "seasons": "season"}
KEYWORD = re.compile(
    r"(?<![\w'\"])(time|id|target|inputs|frequency|delimiter|decimal|dayfirst|zone|duplicates|missing|seasons?|horizon|window"
    r"|calendar|train_until|validation_until|test_until|carry|nets|seeds|parameters|updates|learning_rates|workers|on)"
    r"=(…|True|False|(?=\S))?"
)
BARE = re.compile(r"(?<![\w'\"-])(train_until|validation_until|test_until|learning_rates)\b")  # no words of English


def in_flags(sentence: str) -> str:
    """A sentence that names keywords of Python, with the options of the command in their place."""

    def flag(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if name == "dayfirst":
            return "--monthfirst" if value == "False" else "--dayfirst"
        said = "--" + FLAGS.get(name, name).replace("_", "-")
        rest = sentence[found.end() : found.end() + 1]
        return said if value == "…" or rest in ".,;) " else f"{said} "

    return BARE.sub(lambda found: f"--{found[0].replace('_', '-')}", KEYWORD.sub(flag, sentence))


@contextmanager
def _in_flags() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(in_flags(str(error))) from error


def _option(flag: str, kind: Any, **more: Any) -> Callable[[Command], Command]:
    own = flag.removeprefix("--").replace("-", "_")
    return click.option(flag, own, type=kind, help=_sentence(HELP[own]), **more)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}.".replace("; none: ", ". Default: ")


def _reading(command: Command) -> Command:
    """The options that say how a table is to be read, for what is found wrongly or could mean two things."""
    for option in reversed(
        [
            click.option("--time", help="Column of times; several, parted by commas, are joined."),
            click.option("--id", help="Column that says to which series a row belongs."),
            click.option("--frequency", metavar="ALIAS", help="Step of the series: h, D, B, W-SUN, MS, QS, 30min, …"),
            click.option("--delimiter", help="What parts the columns."),
            click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark."),
            click.option("--dayfirst/--monthfirst", default=None, help="How 03/04/2024 is read."),
            click.option("--zone", metavar="NAME", help="Time zone of clocks without an offset, as in Europe/Berlin."),
            click.option(
                "--duplicates",
                type=click.Choice(["refuse", "mean", "first", "last"]),
                default="refuse",
                help="What becomes of rows with one time and different values.",
            ),
            click.option("--missing", type=Names(), default=(), help="Further words that stand for no value."),
        ]
    ):
        command = option(command)
    return command


def _table(given: dict[str, Any]) -> dict[str, Any]:
    """The keywords of `read_table` among a command's options, taken out of them."""
    read = {name: given.pop(name) for name in ("id", "frequency", "delimiter", "decimal", "dayfirst", "zone")}
    time = given.pop("time")
    return {
        **{name: value for name, value in read.items() if value is not None},
        **({"time": time.split(",") if "," in time else time} if time else {}),
        "duplicates": given.pop("duplicates"),
        "missing": given.pop("missing"),
    }


@click.command()
@click.argument("source", metavar="FILE")
@click.option("--target", help="Column to forecast. Needed where several columns hold numbers.")
@click.option("--with", "inputs", type=Names(), default=(), help="Further columns that the models may read.")
@_option("--horizon", click.IntRange(min=1), required=True)
@_option("--season", click.IntRange(min=1))
@_option("--window", click.IntRange(min=2))
@_reading
@_option("--calendar", Names())
@_option("--train-until", Until())
@_option("--validation-until", Until())
@_option("--test-until", Until())
@_option("--carry", click.IntRange(min=0))
@_option("--nets", Names(), metavar=",".join(NETS))
@click.option("--statistical/--no-statistical", default=None, help=_sentence(HELP["statistical"]))
@_option("--seeds", click.IntRange(min=2))
@_option("--parameters", click.IntRange(min=50))
@_option("--updates", click.IntRange(min=1))
@_option("--learning-rates", Rates())
@click.option("--quick", is_flag=True, help="One step size, two views, fewer updates.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be run and how long it takes; run nothing.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: one for each usable core.")
@click.option("--on", "cluster", metavar="ray[://HOST:PORT]", help="A Ray cluster: this machine's own, or an address.")
@click.option("--store", type=FOLDER, help="Folder that remembers every trial. Default: ./rnnlab-results.")
@click.option("--out", type=FOLDER, help="Folder of the report. Default: ./rnnlab-results/forecast-FILE.")
@click.option("--save", type=FOLDER, help="Keep the best model in this folder, for `rnnlab predict`.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@_in_flags()
def forecast(
    source: str,
    target: str | None,
    inputs: tuple[str, ...],
    quick: bool,
    only_plan: bool,
    workers: int | None,
    cluster: str | None,
    store: Path | None,
    out: Path | None,
    save: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """rnnlab forecast sales.csv --target revenue --horizon 14

    Compares RNN, LSTM and GRU with persistence, seasonal naive, drift, mean, ridge and, with the extra `forecast`,
    exponential smoothing, on every series of FILE: CSV, TSV or Parquet, gzip or not, a folder of them, or - for stdin.
    Writes a report, and prints the verdict. Interrupt it at any time: the same command goes on from there.
    """
    from rnnlab.forecasting import plan
    from rnnlab.studies.machine import usable_cores
    from rnnlab.studies.store import own_folder

    reading = {"target": target, "inputs": inputs, **_table(given)}
    planned = plan(source, mode="quick" if quick else "full", **reading, **given)
    workers = workers or usable_cores()
    _say_plan(planned, workers, as_json=as_json and only_plan)
    if only_plan:
        return
    store = store or own_folder()
    result = planned.run(store=store, workers=workers, on=cluster)
    lost = tuple(replace(each, sentence=in_flags(each.sentence)) for each in result.left_out)
    result = replace(result, left_out=lost)
    if save:
        result.save(save)
        click.echo(f"Model: {save}", err=True)
    from rnnlab import report

    written = report.write(result, out or store / f"forecast-{_stem(source)}")
    click.echo(json.dumps(result.as_dict(), ensure_ascii=False, allow_nan=False) if as_json else str(result))
    click.echo(f"Report: {written}", err=True)


def _say_plan(planned: Plan, workers: int, *, as_json: bool) -> None:
    """What was found and what will run, on stderr before a run; on stdout where nothing else is asked for."""
    seconds = planned.estimate(workers)
    if as_json:
        plain = {"trials": planned.trials, "seconds_at_most": round(seconds, 1), "plan": str(planned)}
        click.echo(json.dumps({**plain, "findings": [in_flags(each.sentence) for each in planned.findings]}))
        return
    for each in planned.findings:
        click.echo(in_flags(each.sentence), err=True)
    click.echo(
        f"{planned}\nAt most about {_duration(seconds)} on {workers} {'cores' if workers > 1 else 'core'}.", err=True
    )


def _duration(seconds: float) -> str:
    return (
        f"{max(seconds, 1):.0f} s"
        if seconds < 100
        else f"{seconds / 60:.0f} min"
        if seconds < 6000
        else f"{seconds / 3600:.1f} h"
    )


def _stem(source: str) -> str:
    """A file's name without what says its kind."""
    name = "stdin" if source == "-" else Path(source).name or Path(source).resolve().name
    for ending in (".gz", ".csv", ".tsv", ".txt", ".parquet"):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return name or "series"


@click.command()
@click.argument("model", type=FOLDER)
@click.argument("source", metavar="FILE")
@_reading
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of CSV.")
@_in_flags()
def predict(model: Path, source: str, as_json: bool, **given: Any) -> None:
    """rnnlab predict model/ new.csv

    Forecasts what comes after each series of FILE, with intervals, by the model in the folder: unique_id, ds, the
    forecast, lo-80, hi-80, lo-95 and hi-95, as CSV. FILE has the columns that the model was made with, or is - for
    stdin.
    """
    from rnnlab.forecasting import predict as predicted
    from rnnlab.forecasting.model_folder import load, read_for

    reading = {name: value for name, value in _table(given).items() if value != ()}
    table = read_for(next(iter(load(model).values())), source, **reading)
    own = next(iter(table)).findings if len(table) == 1 else ()
    for each in (*table.findings, *own):
        if each.code != "season":  # which the model has
            click.echo(in_flags(each.sentence), err=True)
    forecast = predicted(model, table)
    if as_json:
        click.echo(forecast.to_json(orient="records", date_format="iso"))
    else:
        forecast.to_csv(sys.stdout, index=False)
