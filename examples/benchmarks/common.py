"""What the benchmarks share: the digits, timing in turn, Markdown tables, machine."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from threadpoolctl import ThreadpoolController

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
N_TRAIN = 60_000
PACKAGES = ("sklearn_gd", "numpy", "scikit-learn", "torch", "jax")


# The digits


def mnist():
    """MNIST as float32 in [0, 1], else random data of the same shape.

    Returns
    -------
    X, y, X_test, y_test : ndarrays of 60,000 and 10,000 rows
    real : bool, False for random data
    """
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    real = (home / "openml_home").is_dir()
    X, y = read_mnist(home / "openml_home") if real else synthetic()
    # fetch_openml may give columns that are contiguous: slow rows for everybody.
    X = np.multiply(X, 1 / 255, dtype=np.float32, order="C")
    return X[:N_TRAIN], y[:N_TRAIN], X[N_TRAIN:], y[N_TRAIN:], real


def read_mnist(openml_home):
    """Pixels and digits as uint8, kept in the directory of temporary files."""
    kept = Path(tempfile.gettempdir()) / "sklearn_gd_mnist.npz"
    if not kept.exists():
        from sklearn.datasets import fetch_openml

        pandas = importlib.util.find_spec("pandas") is not None
        with tempfile.TemporaryDirectory() as copy:
            # fetch_openml deletes a file that it cannot read: give it a copy.
            shutil.copytree(openml_home, copy, dirs_exist_ok=True)
            X, y = fetch_openml(
                "mnist_784",
                version=1,
                as_frame=False,
                return_X_y=True,
                data_home=copy,
                parser="pandas" if pandas else "liac-arff",
            )
            part = Path(copy) / "mnist.npz"
            np.savez(part, X=X.astype(np.uint8), y=y.astype(np.uint8))
            shutil.move(part, kept)
    with np.load(kept) as arrays:
        return arrays["X"], arrays["y"].astype(np.intp)


def synthetic(n_rows=70_000):
    """Random pixels, and digits that a linear function of them decides."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (n_rows, 784), dtype=np.uint8)
    y = (X @ rng.standard_normal((784, 10), dtype=np.float32)).argmax(axis=1)
    return X, y


def data_line(real):
    """A sentence that says what the data is."""
    if real:
        return "Data: MNIST, float32."
    return (
        "Data: random, of MNIST's shape (MNIST was not found; name the directory with "
        "`openml_home` in SKLEARN_GD_DATA)."
    )


# Timing


def in_turn(functions, repeats):
    """Calls each of the functions in turn, ``repeats`` times over.

    A machine that becomes slower for a while then does so for all of them.

    Parameters
    ----------
    functions : dict of name to a function that returns seconds

    Returns
    -------
    seconds : dict of name to list of float
    """
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            seconds[name].append(function())
    return seconds


def medians(seconds):
    """The median of every list in a dict."""
    return {name: statistics.median(values) for name, values in seconds.items()}


def ratios(numbers, base):
    """Every number of a dict divided by that of ``base``, which is left out."""
    return {
        name: number / numbers[base] for name, number in numbers.items() if name != base
    }


# Words


def table(header, rows):
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def judged(number, target, at_least=True):
    """A number, its target and whether it is met, for a cell of a table."""
    met = number >= target if at_least else number <= target
    sign = "≥" if at_least else "≤"
    return f"{number:.2f} ({sign} {target:g}: {'met' if met else '**missed**'})"


def mail_counts(path):
    """Word counts of mails as CSR, classes, and which rows are for training."""
    with np.load(path, allow_pickle=False) as z:
        parts = z["X_data"].astype(np.float32), z["X_indices"], z["X_indptr"]
        return sp.csr_matrix(parts, tuple(z["X_shape"])), z["y"], z["split"] == 0


def machine_line():
    """Cores, processor and versions."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    blas = {f"{x['internal_api']} ({x.get('architecture')})" for x in blas_info()}
    return (
        f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}, "
        f"{', '.join(versions)}, NumPy and SciPy with {', '.join(sorted(blas))}."
    )


def blas_info():
    return ThreadpoolController().select(user_api="blas").info()


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(x.split(": ")[1] for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def installed(packages):
    """Those of the packages that are there; says in a line which are not."""
    found = [name for name in packages if importlib.util.find_spec(name) is not None]
    for name in packages:
        if name not in found:
            advice = "pip install 'sklearn_gd[bench]'"
            print(f"{name} is not installed and left out: {advice}\n", file=sys.stderr)
    return found


# Processes


def thread_environment(threads):
    """Environment variables that limit all libraries to so many threads."""
    names = ("OPENBLAS", "OMP", "MKL")
    limits = {f"{name}_NUM_THREADS": str(threads) for name in names}
    eigen = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    return {**limits, "XLA_FLAGS": eigen, "JAX_PLATFORMS": "cpu"}


def run_again(*arguments, environment=None):
    """What this script prints as its last line, as JSON, in a process of its own."""
    done = subprocess.run(
        [sys.executable, sys.argv[0], *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
