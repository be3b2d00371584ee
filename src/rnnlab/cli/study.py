"""`rnnlab study`: the studies by name, what they found, and how to run them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnnlab.errors import InputError

if TYPE_CHECKING:
    from rnnlab.studies import Mode, Records, Study
    from rnnlab.studies.cluster import Cluster

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(invoke_without_command=True)
@click.pass_context
def study(context: click.Context) -> None:
    """rnnlab study run weather_forecast --workers 2

    Studies: each a question, many seeds, an interval and a verdict.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@study.command("list", short_help="The studies, and how much of each is recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(as_json: bool) -> None:
    """rnnlab study list

    Lists every study: section of the course, name, question, and how much of its full size is in results/.
    """
    from rnnlab.studies.catalogue import catalogue
    from rnnlab.studies.runner import recorded

    rows = []
    for each in catalogue().values():
        done, total = recorded(each)
        rows.append(
            {"section": each.section, "name": each.name, "question": each.question, "recorded": done, "trials": total}
        )
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['section']:<6} {row['name']:<24} {row['recorded']}/{row['trials']} recorded")
        click.echo(f"{'':<6} {row['question']}")
    if not rows:
        click.echo("No studies are here yet.")


@study.command(short_help="A study and its verdicts, from what is recorded.")
@click.argument("name")
@click.option("--quick", is_flag=True, help="The quick size, from your own store, not the full results.")
@click.option("--store", type=FOLDER, help="Folder of records. Default: results/, with --quick ./rnnlab-results.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(name: str, quick: bool, store: Path | None, as_json: bool) -> int:
    """rnnlab study show weather_forecast

    Shows a study's definition, and the verdicts of what is recorded of it, without running anything. Exit code 1 when
    its records are not complete.
    """
    from rnnlab.studies import read
    from rnnlab.studies.catalogue import find
    from rnnlab.studies.store import own_folder

    mode: Mode = "quick" if quick else "full"
    chosen = find(name)
    records, why = None, ""
    try:
        records = read(chosen, mode, store or (own_folder() if quick else None))
    except InputError as error:
        why = str(error)
    if as_json:
        found = _as_json(chosen, records) if records else {"study": name, "mode": mode, "missing": why}
        click.echo(json.dumps({**_definition(chosen, mode), **found}, ensure_ascii=False, allow_nan=False))
        return int(records is None)
    for field, value in _definition(chosen, mode).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"{field:<11} {text}")
    click.echo()
    click.echo(why) if records is None else _print(chosen, records)
    return int(records is None)


@study.command(short_help="Run studies: many seeds, an interval, a verdict.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Every study.")
@click.option("--full", is_flag=True, help="The full size (10 or more seeds, minutes) instead of the quick one.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: one for each usable core.")
@click.option(
    "--on", "cluster", metavar="ray[://HOST:PORT]", help="A Ray cluster: this machine's own, or the one at an address."
)
@click.option(
    "--store", type=FOLDER, help="Folder of records. Default: ./rnnlab-results; results/ for --full in a checkout."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def run(
    names: tuple[str, ...],
    everything: bool,
    full: bool,
    workers: int | None,
    cluster: str | None,
    store: Path | None,
    as_json: bool,
) -> int:
    """rnnlab study run weather_forecast --workers 2

    Runs what is not recorded yet, records it, and prints the verdicts. Interrupt it at any time: the same command goes
    on from there. Exit code 1 when a trial failed; a claim that does not hold is a result, not a failure.
    """
    from rnnlab.studies.catalogue import catalogue, find
    from rnnlab.studies.machine import usable_cores
    from rnnlab.studies.runner import run as run_study
    from rnnlab.studies.store import default_folder

    if bool(names) == everything:
        raise click.UsageError("Name one or more studies, or give --all; `rnnlab study list` shows their names.")
    chosen = list(catalogue().values()) if everything else [find(name) for name in names]
    if workers and cluster:
        raise click.UsageError("--workers are processes of this machine and --on is a cluster; give one of the two.")
    mode: Mode = "full" if full else "quick"
    folder = store or default_folder(mode)
    found, mistakes, failed = [], 0, 0
    with _cluster(cluster) if cluster else nullcontext(workers or usable_cores()) as pool:
        for each in chosen:
            try:
                records = run_study(each, mode, workers=pool, store=folder)
            except InputError as error:
                if len(chosen) == 1:
                    raise
                mistakes += 1
                click.echo(f"{each.name}: {error}", err=True)
                continue
            failed += len(records.errors)
            found.append({**_as_json(each, records), "store": str(folder)})
            if not as_json:
                _print(each, records)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(f"Recorded in {folder}.")
    return 2 if mistakes else int(failed > 0)


@study.command(short_help="Measure a sample of recorded trials again.")
@click.argument("name")
@click.option("--sample", type=click.IntRange(min=1), default=3, show_default=True, help="How many records.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which ones.")
@click.option("--quick", is_flag=True, help="Records of the quick size, from your own store.")
@click.option("--store", type=FOLDER, help="Folder of records. Default: results/, with --quick ./rnnlab-results.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def verify(name: str, sample: int, seed: int, quick: bool, store: Path | None, as_json: bool) -> int:
    """rnnlab study verify weather_forecast --sample 5

    Reruns some of a study's records and says whether they still come out the same, bit for bit. On another machine or
    with other versions rounding may differ; what each ran on is printed where it does. Exit code 1 when one differs.
    """
    from rnnlab.studies.catalogue import find
    from rnnlab.studies.machine import machine
    from rnnlab.studies.store import own_folder
    from rnnlab.studies.verification import verify as repeats

    chosen = find(name)
    folder = store or (own_folder() if quick else None)
    found = []
    for repeat in repeats(chosen, "quick" if quick else "full", sample=sample, seed=seed, store=folder):
        record, shift = repeat.record, repeat.shift(chosen.measure)
        setting = {each: record.settings[each] for each in chosen.vary}
        found.append(
            {
                "settings": setting,
                "seed": record.seed,
                "same": repeat.same,
                "differing": list(repeat.differing),
                "shift": shift if shift == shift else None,
                "error": repeat.error,
            }
        )
        if not as_json:
            where = ", ".join([*(f"{k}={v}" for k, v in setting.items()), f"seed {record.seed}"])
            said = "the same" if repeat.same else repeat.error or f"differs in {', '.join(repeat.differing)}"
            click.echo(f"{where}: {said}" + (f" ({chosen.measure} by {shift:.2g} of itself)" if shift > 0 else ""))
            if not repeat.same and record.machine != machine():
                click.echo(f"  recorded on {_listed(record.machine)}\n  here        {_listed(machine())}")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    return int(not all(one["same"] for one in found))


@study.command(short_help="What has moved between two folders of records.")
@click.argument("name")
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--quick", is_flag=True, help="Group by what the quick size varies.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def compare(name: str, before: Path, after: Path, quick: bool, as_json: bool) -> int:
    """rnnlab study compare weather_forecast results rnnlab-results

    Holds the records of two versions or two machines against each other, seed by seed, whatever definition each was
    recorded by. Exit code 1 when something has moved: an interval of the difference that leaves zero out.
    """
    from rnnlab.studies.catalogue import find
    from rnnlab.studies.comparison import compare as held_together
    from rnnlab.studies.encoding import encode

    chosen = find(name)
    *sides, rows = held_together(chosen, before, after, "quick" if quick else "full")
    if as_json:
        found = [{**vars(row), "has_moved": row.has_moved} for row in rows]
        click.echo(json.dumps(encode(found), ensure_ascii=False, allow_nan=False))
        return int(any(row.has_moved for row in rows))
    for word, side in zip(("before", "after"), sides, strict=True):
        versions = ", ".join(side.versions)
        click.echo(
            f"{word:<7} {side.folder}: {len(side.records)} trials, definition {side.fingerprint}, rnnlab {versions}"
        )
    for row in rows:
        where = ", ".join(f"{k}={v}" for k, v in row.setting.items()) or "all"
        mark = "moved" if row.has_moved else "the same" if row.low == row.low else "too few seeds"
        click.echo(
            f"{where}: {chosen.measure} {row.before:.4g} → {row.after:.4g}, "
            f"difference in [{row.low:.2g}, {row.high:.2g}] over {row.seeds} seeds: {mark}"
            + (f"; diverged {row.diverged[0]} and {row.diverged[1]}" if any(row.diverged) else "")
        )
    return int(any(row.has_moved for row in rows))


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _cluster(address: str) -> Cluster:
    from rnnlab.studies.cluster import Cluster

    if address != "ray" and not address.startswith("ray://"):
        raise click.UsageError(f"--on is {address!r}; give ray for this machine's cluster, or ray://HOST:PORT.")
    return Cluster(None if address == "ray" else address)


def _definition(study: Study, mode: Mode) -> dict[str, Any]:
    from rnnlab.studies.encoding import encode

    held = {name: value for name, value in study.settings(mode)[0].items() if name not in study.varied(mode)}
    tune = study.tuned(mode)
    return {
        "name": study.name,
        "section": study.section,
        "question": study.question,
        "prediction": study.prediction,
        "varies": encode(study.varied(mode)),
        "holds": encode(held),
        "tunes": encode(tune.grid) if tune else {},
        "measures": study.measure,
        "seeds": len(study.seeds_of(mode)),
    }


def _as_json(study: Study, records: Records) -> dict[str, Any]:
    from rnnlab.studies.encoding import encode

    return {
        "study": study.name,
        "mode": records.mode,
        "trials": len(records),
        "diverged": len(records.diverged),
        "errors": [record.error for record in records.errors],
        "choices": encode([{"of": dict(choice.group), "chosen": dict(choice.chosen)} for choice in records.choices]),
        "verdicts": [verdict.as_json() for verdict in study.verdicts(records)],
    }


def _print(study: Study, records: Records) -> None:
    click.echo(f"{records.source}.")
    for choice in records.choices:
        group = ", ".join(f"{name}={value}" for name, value in choice.group.items()) or "all"
        click.echo(f"  tuned {group}: {', '.join(f'{name}={value}' for name, value in choice.chosen.items())}")
    if records.diverged or records.errors:
        click.echo(f"  of {len(records)} trials {len(records.diverged)} diverged and {len(records.errors)} failed")
    for verdict in study.verdicts(records):
        click.echo(f"  {verdict}")
