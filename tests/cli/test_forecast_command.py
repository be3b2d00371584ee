"""`rnnlab forecast` and `rnnlab predict` as a person or a script calls them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnlab.cli import run
from rnnlab.cli.forecast import in_flags
from rnnlab.report import page as page_module

FEW = [
    "--quick",
    "--horizon",
    "3",
    "--seeds",
    "2",
    "--updates",
    "20",
    "--nets",
    "rnn",
    "--no-statistical",
    "--workers",
    "1",
]
MODELS = {"persistence", "seasonal_naive", "drift", "mean", "ridge", "rnn"}


@pytest.fixture
def sales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng, steps = np.random.default_rng(0), np.arange(200)
    days = pd.date_range("2024-01-01", periods=200, freq="D").strftime("%Y-%m-%d")
    values = 20 + 5 * np.sin(2 * np.pi * steps / 7) + rng.normal(size=200)
    pd.DataFrame({"date": days, "revenue": values.round(3), "visitors": rng.normal(size=200).round(3)}).to_csv(
        "sales.csv", index=False
    )
    return tmp_path / "sales.csv"


def test_json_is_one_object_on_stdout_with_what_a_program_needs(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forecast", "sales.csv", "--target", "revenue", "--season", "7", *FEW, "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert {each["name"] for each in found["models"]} == MODELS
    assert set(found["models"][0]) >= {"name", "mae", "rmse", "mase", "parameters", "seconds"}
    assert found["decision"] in ("better", "worse", "cannot tell")
    assert found["best"] in MODELS
    assert found["best_baseline"] in MODELS - {"rnn"}
    assert found["best_network"] == "rnn"
    assert len(found["interval"]) == 2
    assert (found["horizon"], found["seeds"]) == (3, 2)
    assert found["origins"] > 0
    assert "rnnlab" in found["versions"]
    assert isinstance(found["warnings"], list)
    assert "Parts: train" in told.err


def test_a_second_run_measures_nothing_and_writes_the_same_report(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["forecast", "sales.csv", "--target", "revenue", "--season", "7", *FEW]
    assert run(command) == 0
    report = sales.parent / "rnnlab-results" / "forecast-sales" / "report.html"
    first = report.read_bytes()
    records = {path: path.read_bytes() for path in (sales.parent / "rnnlab-results").glob("*.jsonl")}
    assert len(records) == 1
    told = capsys.readouterr()
    assert "MASE" in told.out
    assert not re.search("Report:|Parts:|trials", told.out)
    assert "Report: rnnlab-results/forecast-sales/report.html" in told.err
    assert run(command) == 0
    assert report.read_bytes() == first
    assert {path: path.read_bytes() for path in (sales.parent / "rnnlab-results").glob("*.jsonl")} == records


def test_a_command_that_was_killed_goes_on_to_the_same_numbers(sales: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "pictures", lambda one: [])
    asked = ["forecast", "sales.csv", "--target", "revenue", "--season", "7", *FEW, "--updates", "160", "--seeds", "4"]
    assert run([*asked, "--store", "whole", "--out", "undisturbed"]) == 0
    killed = subprocess.Popen([sys.executable, "-m", "rnnlab", *asked, "--store", "torn", "--out", "resumed"])
    try:
        while not (stored := b"".join(path.read_bytes() for path in Path("torn").glob("*.jsonl"))).count(b"\n"):
            assert killed.poll() is None
            time.sleep(0.01)
    finally:
        killed.kill()
        killed.wait()
    assert stored.count(b"\n") < 7  # two views, four seeds, ridge: the kill came before the end
    assert not list(Path().glob("resumed/*"))
    assert run([*asked, "--store", "torn", "--out", "resumed"]) == 0
    for name in ("rows.csv", "forecast.csv"):
        assert Path("resumed", name).read_bytes() == Path("undisturbed", name).read_bytes()
    first, second = (
        without_seconds(json.loads(Path(out, "result.json").read_text())) for out in ("undisturbed", "resumed")
    )
    assert first == second


def without_seconds(value: Any) -> Any:
    """What two runs share: everything but the time that they took."""
    if isinstance(value, dict):
        return {name: without_seconds(inner) for name, inner in value.items() if name != "seconds"}
    return [without_seconds(inner) for inner in value] if isinstance(value, list) else value


def test_what_a_terminal_would_obey_in_a_name_is_spelt_out(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "pictures", lambda one: [])
    signal = "\x1b[31mred"
    table = pd.read_csv(sales).rename(columns={"visitors": signal})
    pd.concat([table.assign(shop=shop) for shop in ("one\ntwo", "\u202eback")]).to_csv("odd.csv", index=False)
    asked = ["--target", "revenue", "--id", "shop", "--with", signal, "--out", "out"]
    assert run(["forecast", "odd.csv", *asked, *FEW]) == 0
    told = capsys.readouterr()
    page = Path("out/report.html").read_text(encoding="utf-8")
    for text in (told.out, told.err, page):
        assert not {"\x1b", "\u202e"} & set(text)
    assert "steps of revenue, \\x1b[31mred" in told.err
    assert {each["id"] for each in json.loads(Path("out/result.json").read_text())["series"]} == {
        "one\ntwo", "\u202eback",
    }  # fmt: skip


def test_a_kept_model_forecasts_new_data(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forecast", "sales.csv", "--target", "revenue", *FEW, "--save", "model", "--out", "out"]) == 0
    assert (sales.parent / "out" / "report.html").is_file()
    capsys.readouterr()
    assert run(["predict", "model", "sales.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(",")[-4:] == ["lo-80", "hi-80", "lo-95", "hi-95"]
    assert len(lines) == 1 + 3
    assert lines[1].split(",")[1] == "2024-07-19"
    assert run(["predict", "model", "sales.csv", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_what_is_said_of_reading_a_table_reaches_both_commands_and_is_named_as_the_command_names_it(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = sales.read_text().splitlines()
    (date, _, visitors), (day, *_) = lines[20].split(","), lines[40].split(",")
    lines[20] = f"{date},sick,{visitors}"
    lines.insert(41, f"{day},99,1")
    Path("odd.csv").write_text("\n".join(lines) + "\n")
    asked = ["--target", "revenue", "--with", "visitors", *FEW, "--out", "out"]
    remedies = {"--missing": "sick", "--duplicates": "mean"}
    given: list[str] = []
    for flag, value in remedies.items():
        assert run(["forecast", "odd.csv", *asked, *given]) == 2
        assert f"{flag} {value}" in capsys.readouterr().err.replace("'", "") or flag == "--missing"
        given += [flag, value]
    assert run(["forecast", "odd.csv", *asked, *given, "--save", "model"]) == 0
    told = capsys.readouterr().err
    assert "steps of revenue, visitors" in told
    assert "(--frequency)" in told
    assert "=…" not in told
    assert run(["predict", "model", "odd.csv"]) == 2
    assert run(["predict", "model", "odd.csv", *given, "--zone", "Nowhere"]) == 2
    assert run(["predict", "model", "odd.csv", *given]) == 0


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("The frequency is 'h' (frequency=…).", "The frequency is 'h' (--frequency)."),
        ("give dayfirst=True or dayfirst=False.", "give --dayfirst or --monthfirst."),
        ("name their zone=, or give duplicates='mean'.", "name their --zone, or give --duplicates 'mean'."),
        ("No season stands out (seasons=…).", "No season stands out (--season)."),
        ("learning_rates are (2.0,); give one.", "--learning-rates are (2.0,); give one."),
        ("The column 'train_until' is text.", "The column 'train_until' is text."),
        ("The column 'time=5' holds train_until=0.5", "The column 'time=5' holds --train-until 0.5"),
    ],
)
def test_a_keyword_of_python_becomes_the_option_of_the_command(sentence: str, said: str) -> None:
    assert in_flags(sentence) == said


def test_a_plan_runs_nothing(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forecast", "sales.csv", "--target", "revenue", *FEW, "--plan", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trials"] == 5  # two views, two seeds, ridge
    assert told["seconds_at_most"] > 0
    assert not (sales.parent / "rnnlab-results").exists()


def test_a_plan_of_a_series_without_times_tells_its_parts_in_steps(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pd.read_csv(sales)[["revenue"]].to_csv("steps.csv", index=False)
    assert run(["forecast", "steps.csv", *FEW, "--plan"]) == 0
    told = capsys.readouterr().err
    assert "Parts: train step 0 to 119; validation step 120 to 149; test step 150 to 199." in told
    assert "It has one column" in told


def test_what_is_left_out_of_a_single_series_or_missing_in_it_is_said_before_it_is_used(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "pictures", lambda one: [])
    lines = sales.read_text().splitlines()
    Path("gaps.csv").write_text("\n".join([*lines[:60], *lines[64:]]) + "\n")
    gap = "4 of its 200 values are missing, at most 4 in a row (from 2024-02-29); they are gaps, not filled."
    asked = ["--target", "revenue", *FEW, "--out", "out"]
    assert run(["forecast", "gaps.csv", *asked, "--plan", "--json"]) == 0
    assert gap in json.loads(capsys.readouterr().out)["findings"]
    assert run(["forecast", "gaps.csv", *asked, "--save", "model", "--json"]) == 0
    told = capsys.readouterr()
    assert gap in told.err
    assert gap in [each["sentence"] for each in json.loads(told.out)["findings"]]
    assert gap in Path("out/report.html").read_text(encoding="utf-8")
    assert run(["predict", "model", "gaps.csv"]) == 0
    told = capsys.readouterr()
    assert gap in told.err
    assert "--season" not in told.err
    assert len(told.out.splitlines()) == 1 + 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sales.csv", "--horizon", "3"], "revenue"),
        (["sales.csv", "--target", "revenu", "--horizon", "3"], "revenue"),
        (["nothing.csv", "--horizon", "3"], "nothing.csv"),
        (["", "--horizon", "3"], "The name of the file is empty"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--nets", "transformer"], "transformer"),
        (["sales.csv", "--target", "revenue", "--horizon", "900"], "900"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--learning-rates", "fast"], "fast"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--train-until", "0.9"], "--validation-until"),
        (
            [
                "sales.csv",
                "--target",
                "revenue",
                "--horizon",
                "3",
                "--train-until",
                "0.5",
                "--validation-until",
                "2030",
            ],
            "2024-01-01 00:00 to 2024-07-18 00:00",
        ),
        (["sales.csv", "--target", "revenue"], "--horizon"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--updates", "2", "--on", "moon"], "moon"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_with_exit_code_2(
    arguments: list[str], said: str, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forecast", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_file_that_cannot_be_read_is_left_out_of_a_folder_and_its_reason_told_in_the_words_of_the_command(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "pictures", lambda one: [])
    Path("shops").mkdir()
    lines = sales.read_text().splitlines()
    Path("shops/fine.csv").write_text("\n".join(lines))
    for place in range(7):
        Path(f"shops/ill{place}.csv").write_text("\n".join([*lines[:50], "2024-02-19,ill,0", *lines[51:]]))
    assert run(["forecast", "shops", "--target", "revenue", *FEW, "--out", "out"]) == 0
    told = capsys.readouterr().out.splitlines()
    (line,) = [each for each in told if "left_out" in each]
    assert line == (
        "Warning (left_out): on 7 series (ill0, ill1, ill2, ill3, ill4 and 2 more). The first: ill0.csv, line 51: "
        "'ill' in column 'revenue' is no number; mend or empty it, or, if it stands for a missing value, name it with "
        "--missing."
    )
    assert "--missing." in Path("out/report.html").read_text(encoding="utf-8")


def test_a_folder_without_a_model_is_refused(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "nowhere", "sales.csv"]) == 2
    assert "holds no forecaster" in capsys.readouterr().err


def test_a_table_may_come_through_a_pipe(sales: Path) -> None:
    asked = [sys.executable, "-m", "rnnlab", "forecast", "-", "--target", "revenue", *FEW, "--plan", "--json"]
    done = subprocess.run(asked, input=sales.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "stdin" in json.loads(done.stdout)["plan"]
