"""Recipes for streams, where the page itself cannot show that they hold."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

RECIPES = Path(__file__).resolve().parent.parent / "docs" / "recipes"
SCRIPT = RECIPES / "checkpoints.py"

if not SCRIPT.exists():
    pytest.skip("the pages are not beside the tests", allow_module_level=True)


def start(checkpoint, result):
    here = str(RECIPES.parent.parent)
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(checkpoint), str(result)],
        env={**os.environ, "PYTHONPATH": here, "OPENBLAS_NUM_THREADS": "1"},
    )


def kill_after_a_checkpoint(process, checkpoint, known):
    """Waits until there is a newer checkpoint, or the end, and kills."""
    while process.poll() is None:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns > known:
            break
        time.sleep(0.001)
    process.kill()
    return process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_killed_process_goes_on_bit_for_bit(tmp_path):
    whole = tmp_path / "whole.result"
    assert start(tmp_path / "whole", whole).wait() == 0
    checkpoint, result, ends = tmp_path / "model", tmp_path / "model.result", []
    for _ in range(3):
        known = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        process = start(checkpoint, result)
        ends.append(kill_after_a_checkpoint(process, checkpoint, known))
    assert -signal.SIGKILL in ends
    joblib.load(checkpoint)  # is whole
    assert start(checkpoint, result).wait() == 0
    ours, theirs = joblib.load(result), joblib.load(whole)
    assert ours.t_ == theirs.t_
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
