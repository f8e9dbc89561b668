"""From the example's file to its curves, by the shipped model: as when it was shipped."""

import json

import numpy as np

from tests import golden


def test_the_example_gives_the_kept_curves():
    kept = json.loads(golden.GOLDEN.read_text())
    now = golden.measure()
    assert now["model"] == kept["model"], "another model is shipped: run python -m tests.golden"
    assert now["times"] == kept["times"]
    assert np.isfinite(kept["values"]).all()
    np.testing.assert_allclose(now["values"], kept["values"], atol=0.02)


def test_the_kept_curves_can_be_made_anew(tmp_path):
    golden.write(tmp_path / "golden.json")
    made, kept = (json.loads(path.read_text()) for path in (tmp_path / "golden.json", golden.GOLDEN))
    assert made.keys() == kept.keys()
    np.testing.assert_allclose(made["values"], kept["values"], atol=0.02)
