"""`rnnlab forecast` and `rnnlab predict` as a person or a script calls them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnlab.cli import run
from rnnlab.cli.forecast import in_flags

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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sales.csv", "--horizon", "3"], "revenue"),
        (["sales.csv", "--target", "revenu", "--horizon", "3"], "revenue"),
        (["nothing.csv", "--horizon", "3"], "nothing.csv"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--nets", "transformer"], "transformer"),
        (["sales.csv", "--target", "revenue", "--horizon", "900"], "900"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--learning-rates", "fast"], "fast"),
        (["sales.csv", "--target", "revenue", "--horizon", "3", "--train-until", "0.9"], "validation_until"),
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


def test_a_folder_without_a_model_is_refused(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "nowhere", "sales.csv"]) == 2
    assert "holds no forecaster" in capsys.readouterr().err


def test_a_table_may_come_through_a_pipe(sales: Path) -> None:
    asked = [sys.executable, "-m", "rnnlab", "forecast", "-", "--target", "revenue", *FEW, "--plan", "--json"]
    done = subprocess.run(asked, input=sales.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "stdin" in json.loads(done.stdout)["plan"]
