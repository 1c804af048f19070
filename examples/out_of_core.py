"""
Train on more data than memory
==============================

Two ways, each in a process that may use only so much memory:

- `fit` on a memory map. Pixels are stored as uint8; batches are read in shuffled order
  and converted one at a time, so neither the file nor a float copy of it is ever in
  memory as a whole.
- `partial_fit` on chunks of a CSV file, and of a Parquet file where pyarrow is
  installed.

The limit is one for address space, which a memory map takes up as well as data does.
So the limit for `fit` is the size of the file and a bit more: a single copy of the
pixels as float32, four times the size of the file, would break it.

Nothing reads ahead in a thread. An epoch over 100,000 rows (78 MB) took 1.2 s from a
map that the operating system had in its cache, 1.15 s from an array in memory, and
1.45 s after the cache was dropped (two busy AMD EPYC cores): a fifth is all that
reading ahead could hide, and the system does part of that already.

Run it with::

    python examples/out_of_core.py
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

N_FEATURES, N_CLASSES = 784, 10
ROWS = 50_000  # written, or read, at a time


# %%
# The data
# --------


def some_rows(n_rows, seed):
    """Pixels between 0 and 255, and classes that a linear function of them decides."""
    rng = np.random.default_rng(seed)
    rule = np.random.default_rng(0).normal(size=(N_FEATURES, N_CLASSES))
    X = rng.integers(0, 256, (n_rows, N_FEATURES), dtype=np.uint8)
    return X, (X @ rule.astype(np.float32)).argmax(axis=1)


def write_map(directory, n_rows):
    """X.npy and y.npy, a part at a time."""
    X = np.lib.format.open_memmap(
        directory / "X.npy", mode="w+", dtype=np.uint8, shape=(n_rows, N_FEATURES)
    )
    y = np.empty(n_rows, dtype=np.int64)
    for start in range(0, n_rows, ROWS):
        rows = slice(start, min(start + ROWS, n_rows))
        X[rows], y[rows] = some_rows(rows.stop - start, seed=start)
    np.save(directory / "y.npy", y)


def write_tables(directory, n_rows):
    """table.csv, and table.parquet if there is pyarrow: 20 columns and the class."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 20)).astype(np.float32)
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    header = ",".join([*(f"x{i}" for i in range(20)), "y"])
    np.savetxt(
        directory / "table.csv",
        np.column_stack([X, y]),
        delimiter=",",
        header=header,
        comments="",
        fmt="%.5g",
    )
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {f"x{i}": X[:, i] for i in range(20)} | {"y": y}
        pq.write_table(pa.table(columns), directory / "table.parquet")


# %%
# Training
# --------


def limit_memory(n_bytes):
    """Lets this process have so much more address space than it has now."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + n_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def train_on_map(directory, spare):
    """Fit on the memory map with room for the map and ``spare`` bytes."""
    from sklearn_gd import GradientDescentMLPClassifier

    path = directory / "X.npy"
    limit_memory(path.stat().st_size + spare)
    X, y = np.load(path, mmap_mode="r"), np.load(directory / "y.npy")
    model = GradientDescentMLPClassifier(
        32, learning_rate=1e-6, max_iter=2, tol=None, n_jobs=1, random_state=0
    )
    start = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    print(f"memory map: cost {model.loss_:.4f}, {len(y) / seconds:,.0f} rows/s")
    try:
        X.astype(np.float32)
    except MemoryError:
        print("memory map: a float copy would not have fitted into the memory limit")


def chunks_of_csv(path):
    """Arrays of so many rows of the file."""
    with path.open() as file:
        next(file)
        while True:
            lines = [line for _, line in zip(range(5000), file, strict=False)]
            if not lines:
                return
            yield np.loadtxt(lines, delimiter=",", dtype=np.float32)


def chunks_of_parquet(path):
    """The same, of a Parquet file."""
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(batch_size=5000):
        columns = [column.to_numpy() for column in batch.columns]
        yield np.column_stack(columns).astype(np.float32)


def train_on_chunks(path, chunks):
    """Progressive accuracy over the chunks of a file."""
    from sklearn_gd import GradientDescentMLPClassifier

    model = GradientDescentMLPClassifier(
        32, batch_size=100, learning_rate=0.1, random_state=0
    )
    right = []
    for chunk in chunks(path):
        X, y = np.ascontiguousarray(chunk[:, :-1]), chunk[:, -1].astype(int)
        if hasattr(model, "classes_"):
            right.append(model.score(X, y))
        model.partial_fit(X, y, classes=[0, 1])
    print(
        f"{path.suffix[1:]}: accuracy of the last chunk before it is learned from "
        f"{right[-1]:.3f}, {model.t_:,} rows"
    )


def in_a_process(*arguments):
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--spare", type=int, default=200, help="MiB besides the map")
    parser.add_argument("--train", help="used by the script itself")
    options = parser.parse_args()
    if options.train:
        train_on_map(Path(options.train), options.spare * 2**20)
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_map(directory, options.rows)
        in_a_process("--train", directory, "--spare", options.spare)
        write_tables(directory, min(options.rows, 50_000))
        train_on_chunks(directory / "table.csv", chunks_of_csv)
        if (directory / "table.parquet").exists():
            train_on_chunks(directory / "table.parquet", chunks_of_parquet)


if __name__ == "__main__":
    main()
