"""The table says what the runs' scores come to, and names the runs that are missing."""

import csv
import json
import statistics
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from midlevel_app.features import NAMES
from tests.training.clips_made import CONFIG
from training import runs
from training.errors import RunError
from training.evaluate import Score, SpreadScore
from training.experiment import SCORES, Experiment, Place, Row
from training.refine import student_config
from training.table import TESTS, read_rows, write_table
from training.trials import COMPUTED, LISTENERS, LISTENERS_TEST, PIANO_TEST, SOURCE_TEST

HEARD = ("articulation", "rhythmic_stability")


def made_score(test, seed, shift):
    """The k-th feature has r = shift + 0.1 k - 0.05 seed; 40 clips, of the source 50."""
    features = HEARD if test == LISTENERS_TEST else NAMES
    r = {name: shift + 0.1 * NAMES.index(name) - 0.05 * seed for name in features}
    kind = LISTENERS if test == LISTENERS_TEST else COMPUTED
    return Score(test, kind, 50 if test == SOURCE_TEST else 40, 7, r)


def write_run(place, row, seed, shift, spread=None):
    folder = place.run(row, seed)
    config = student_config(row.fit) if spread else row.fit
    runs.take_run(folder, replace(config, seed=seed), runs.Origin("made"))
    scores = [asdict(made_score(test, seed, shift)) for test in TESTS.values()]
    content = {"scores": scores, "discrepancy": shift + seed, "spread": asdict(spread) if spread else None}
    runs.write_json(folder / SCORES, content)


def made_experiment(out, seeds=(0, 1, 3)):
    """A plain row whose r begin at 0.1, a student's at 0.2."""
    rows = (Row("plain", CONFIG), Row("a student", CONFIG, labels="teachers", teachers=("plain",)))
    experiment = Experiment("What was heard", tuple(seeds), 0, 0, rows)
    place = Place(Path("corpus"), Path("data"), None, (), out)
    for seed in seeds:
        write_run(place, rows[0], seed, 0.1)
        values = [dict.fromkeys(NAMES, value) for value in (0.5 + 0.1 * seed, 0.8, 0.4)]
        write_run(place, rows[1], seed, 0.2, SpreadScore(*values))
    return experiment, place


def lines(path):
    with path.open(newline="") as stream:
        return {(line["row"], line["test"]): line for line in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    place = made_experiment(tmp_path_factory.mktemp("table"))[1]
    write_table(made_experiment(place.out)[0], place)
    return place.out


def test_the_csv_has_means_and_deviations_over_seeds(written):
    table = lines(written / "table.csv")
    assert list(table) == [(row, test) for row in ("plain", "a student") for test in TESTS.values()]
    line = table["a student", PIANO_TEST]
    assert (line["ratings"], line["clips"], line["works"], line["seeds"]) == ("computed", "40", "7", "3")
    deviation = statistics.stdev([0.0, 0.05, 0.15])
    mean = statistics.fmean([0.0, 0.05, 0.15])
    for place, name in enumerate(NAMES):
        assert float(line[f"{name}_r"]) == pytest.approx(0.2 + 0.1 * place - mean)
        assert float(line[f"{name}_r_sd"]) == pytest.approx(deviation)
    assert float(line["mean_r"]) == pytest.approx(0.2 + 0.3 - mean)
    assert float(line["mean_r_sd"]) == pytest.approx(deviation)
    heard = table["plain", LISTENERS_TEST]
    assert heard["ratings"] == "listeners"
    assert [name for name in NAMES if heard[f"{name}_r"]] == list(HEARD)
    assert float(heard["mean_r"]) == pytest.approx(0.1 + 0.2 - mean)
    assert heard["dissonance_r_sd"] == ""


def test_one_seed_has_no_deviation(tmp_path):
    experiment, place = made_experiment(tmp_path, seeds=(0,))
    write_table(experiment, place)
    line = lines(tmp_path / "table.csv")["plain", PIANO_TEST]
    assert float(line["mean_r"]) == pytest.approx(0.4)
    assert line["mean_r_sd"] == line["minorness_r_sd"] == ""
    text = (tmp_path / "table.md").read_text()
    assert "from one seed" in text
    assert "±" not in text


def cells(text, title, row):
    """Cells of a row in the table under a title, by the names at the head of the columns."""
    part = text.split(f"## {title}\n")[1].split("\n## ")[0]
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("|")]
    return [dict(zip(table[0], line, strict=True)) for line in table[2:] if line[0] == row]


def test_the_markdown_says_what_is_what(written):
    text = (written / "table.md").read_text()
    assert text.startswith("# What was heard\n")
    assert "mean ± standard deviation over 3 seeds" in text
    assert f"* **non-piano**: {SOURCE_TEST}; **computed** ratings; 50 clips of 7 works" in text
    assert f"* **listeners**: {LISTENERS_TEST}; **listeners** ratings; 40 clips of 7 works" in text
    (means,) = cells(text, "Means", "a student")
    assert means["piano"] == means["non-piano"] == means["curve, Disklavier"] == "0.433 ± 0.076"
    assert means["listeners: articulation"] == "0.233 ± 0.076"
    assert means["listeners: rhythmic stability"] == "0.433 ± 0.076"
    assert means["mean discrepancy"] == "1.533 ± 1.528"
    for title in ("r by feature, piano", "r by feature, Disklavier"):
        (line,) = cells(text, title, "plain")
        assert line["melodiousness"] == "0.033 ± 0.076"
        assert line["minorness"] == "0.633 ± 0.076"


def test_the_markdown_says_what_networks_cost(written):
    text = (written / "table.md").read_text()
    (plain,), (student,) = (cells(text, "Cost", row) for row in ("plain", "a student"))
    more = int(student["parameters"].replace(",", "")) - int(plain["parameters"].replace(",", ""))
    assert more == 16 * 7 + 7  # its second output
    field = (CONFIG.network.receptive_field - 1) * 735 + 4096
    assert float(plain["field (s)"]) == pytest.approx(field / 22050, abs=0.005)
    assert plain["values a second"] == "15"


def test_only_students_are_asked_how_well_they_know_their_error(written):
    text = (written / "table.md").read_text()
    rho, ratio = cells(text, "How well a student's spread tells its error", "a student")
    assert rho["minorness"] == "0.633 ± 0.153"
    assert ratio["minorness"] == "2.000 ± 0.000"
    assert not cells(text, "How well a student's spread tells its error", "plain")


def test_the_figures_are_there(written):
    names = {f"{figure}.{kind}" for figure in ("correlations", "features", "discrepancy") for kind in ("png", "svg")}
    assert names | {"table.csv", "table.md", "runs"} == {path.name for path in written.iterdir()}
    assert "over 3 seeds" in (written / "correlations.svg").read_text()


def test_missing_runs_are_named(tmp_path):
    experiment, place = made_experiment(tmp_path)
    gone = [place.run(experiment.rows[0], 1), place.run(experiment.rows[1], 3)]
    for folder in gone:
        (folder / SCORES).unlink()
    with pytest.raises(RunError, match=r"plain, seed 1.*a student, seed 3") as caught:
        write_table(experiment, place)
    assert all(str(folder) in str(caught.value) for folder in gone)
    assert "seed 0" not in str(caught.value)
    assert not (tmp_path / "table.csv").exists()


def test_scores_that_cannot_be_read_are_named(tmp_path):
    experiment, place = made_experiment(tmp_path, seeds=(0,))
    path = place.run(experiment.rows[0], 0) / SCORES
    content = json.loads(path.read_text())
    for broken in ("{", "[]", json.dumps({"scores": []}), json.dumps({**content, "spread": {"rho": {}}})):
        path.write_text(broken)
        with pytest.raises(RunError, match=f"{path} "):
            read_rows(experiment, place)
    path.write_text(json.dumps({**content, "scores": content["scores"][1:]}))
    with pytest.raises(RunError, match=f"lacks the test {SOURCE_TEST}: remove it"):
        read_rows(experiment, place)
