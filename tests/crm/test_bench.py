"""The benchmarks compare two checkouts fairly, and what they measure still runs."""

import json
import subprocess
import sys

import pytest

from bench import _against
from crm.running.runner import ROOT


class TestTwoCheckouts:
    def test_each_figure_has_its_medians_and_the_median_of_the_turns_ratios(self):
        turns = [({"page ms": old}, {"page ms": new}) for old, new in [(10, 12), (20, 20), (40, 80)]]
        (row,) = _against.compared(turns)
        assert (row.old, row.new) == (20, 20)
        assert (row.ratio, row.lowest, row.highest) == (1.2, 1.0, 2.0)  # the busy third turn moves no median

    def test_what_only_one_of_them_measures_is_told_without_a_ratio(self):
        rows = {row.name: row for row in _against.compared([({"gone": 1.0, "none": 0.0}, {"fresh": 2.0, "none": 1.0})])}
        assert (rows["gone"].new, rows["gone"].ratio) == (None, None)
        assert (rows["fresh"].old, rows["fresh"].ratio) == (None, None)
        assert rows["none"].ratio is None

    def test_options_of_the_benchmark_are_handed_on(self):
        options, own = _against.asked(["pages", "--customers", "500", "--against", "HEAD~3", "--turns", "3"])
        assert (options.benchmark, options.against, options.turns) == ("pages", "HEAD~3", 3)
        assert own == ["--customers", "500"]

    @pytest.mark.parametrize(
        "words",
        [
            ["pages"],
            ["none", "--against", "HEAD"],
            ["pages", "--against", "HEAD", "--turns", "0"],
            ["pages", "--against", "HEAD", "--base", "/tmp/base"],
            ["pages", "--against", "HEAD", "--base=/tmp/base"],
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, words, capsys):
        with pytest.raises(SystemExit) as refusal:
            _against.asked(words)
        assert refusal.value.code == 2 and "usage: bin/bench" in capsys.readouterr().err

    def test_every_benchmark_is_listed(self):
        assert {"mime", "pages", "screenpop", "segments", "send"} <= set(_against.names())

    @pytest.mark.long
    @pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")
    def test_they_take_turns_and_leave_nothing_behind(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        said = _run("bench._against", "mime", "--against", "HEAD", "--turns", "1", "--n", "40", "--json")
        told = json.loads(said)
        assert told["against"] == "HEAD" and told["figures"]["sender with journal / floor"]["ratio"] > 0
        listed = subprocess.check_output(["git", "worktree", "list"], cwd=ROOT, text=True)
        assert str(tmp_path) not in listed and list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_sending_is_measured_again_and_again_over_the_same_base(tmp_path):
    told = [json.loads(_run("bench.send", "--recipients", "200", "--json", "--base", str(tmp_path))) for _ in range(2)]
    assert told[0]["n"] == told[1]["n"] > 150
    for each in told:
        assert each["figures"]["whole path: worker µs"] > each["figures"]["floor: raw client µs"] > 0
        assert each["ratios"]["deliver / raw client"] < each["ratios"]["whole path / raw client"]


def _run(module, *words):
    """Run a module as bin/bench does and return the last line that it printed."""
    done = subprocess.run([sys.executable, "-m", module, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]
