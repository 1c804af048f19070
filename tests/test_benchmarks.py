"""The benchmarks compare like with like, and count rightly."""

import importlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import metrics

BENCHMARKS = Path(__file__).resolve().parent.parent / "examples" / "benchmarks"
PEERS = [("Ours", None), ("Sklearn", None), ("Torch", "torch"), ("Jax", "jax")]


@pytest.fixture(scope="module", autouse=True)
def found_by_import():
    """The scripts import each other by their plain names."""
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


def load(name):
    return importlib.import_module(name)


def peer(name, needs):
    if needs is not None:
        pytest.importorskip(needs, reason=f"compares with {needs}")
    return getattr(load("peers"), name)


def task(momentum=0.0):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 7), dtype=np.float32)
    y = rng.integers(0, 3, 120)
    y[:3] = 0, 1, 2
    return load("peers").Task(X, y, (6, 5), 8, momentum, 0.05, n_classes=3)


def start(sizes):
    rng = np.random.default_rng(1)
    pairs = itertools.pairwise(sizes)
    coefs = [rng.standard_normal(pair, dtype=np.float32) / 2 for pair in pairs]
    return coefs, [rng.standard_normal(n, dtype=np.float32) / 2 for n in sizes[1:]]


def flat(coefs, intercepts):
    return np.concatenate([np.ravel(part) for part in (*coefs, *intercepts)])


def epoch_in_float64(task, coefs, intercepts):
    """Gradient descent as the textbook writes it."""
    coefs, intercepts = (
        [a.astype(float) for a in part] for part in (coefs, intercepts)
    )
    velocity = [np.zeros_like(a) for a in (*coefs, *intercepts)]
    for first in range(0, len(task.X), task.batch_size):
        rows = slice(first, first + task.batch_size)
        a = [task.X[rows].astype(float)]
        for W, b in zip(coefs[:-1], intercepts[:-1], strict=True):
            a.append(np.maximum(a[-1] @ W + b, 0))
        e = np.exp(a[-1] @ coefs[-1] + intercepts[-1])
        d = (e / e.sum(axis=1, keepdims=True) - np.eye(3)[task.y[rows]]) / len(a[0])
        grads_W, grads_b = [], []
        for W, below in zip(coefs[::-1], a[::-1], strict=True):
            grads_W.insert(0, below.T @ d)
            grads_b.insert(0, d.sum(axis=0))
            d = (d @ W.T) * (below > 0)
        for p, v, g in zip(
            (*coefs, *intercepts), velocity, (*grads_W, *grads_b), strict=True
        ):
            v[...] = task.momentum * v + g
            p -= task.learning_rate * (g + task.momentum * v)
    return flat(coefs, intercepts)


@pytest.mark.parametrize("name, needs", PEERS)
def test_an_epoch_of_plain_sgd_is_the_same_computation_everywhere(name, needs):
    given = task()
    first = start(given.layer_sizes)
    found = flat(*peer(name, needs)(given).train(*first))
    assert abs(found - flat(*first)).max() > 0.05
    np.testing.assert_allclose(found, epoch_in_float64(given, *first), atol=1e-5)


# MLPClassifier keeps the velocity of its first call; the others start at rest.
@pytest.mark.parametrize("name, needs", [p for p in PEERS if p[0] in ("Torch", "Jax")])
def test_an_epoch_with_momentum_is_the_same_computation(name, needs):
    given = task(momentum=0.9)
    first = start(given.layer_sizes)
    found = flat(*peer(name, needs)(given).train(*first))
    np.testing.assert_allclose(found, epoch_in_float64(given, *first), atol=1e-4)


def test_momentum_is_nesterovs_for_the_estimators_too():
    given = task(momentum=0.9)
    peers = load("peers")
    settings = {"max_iter": 1, "random_state": 0}
    ours = peers.Ours(given).model(**settings)
    theirs = peers.Sklearn(given).model(**settings)
    for name in ("momentum", "nesterovs_momentum", "batch_size", "hidden_layer_sizes"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.learning_rate == theirs.learning_rate_init


def test_the_limit_does_the_products_of_a_step():
    limit = load("peers").Limit(task())
    limit.d[-1][...] = 1
    limit.products(limit.task.X[:8])
    a, W = limit.a, limit.weights
    np.testing.assert_allclose(a[1], limit.task.X[:8] @ W[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(limit.grads[-1], a[2].T @ limit.d[-1], rtol=1e-4)
    np.testing.assert_allclose(limit.d[1], limit.d[2] @ W[1].T, rtol=1e-4)


def test_the_parts_of_a_step_are_timed_and_then_left_alone():
    script = load("step_parts")
    before = [getattr(owner, name) for owner, name in script.PARTS.values()]
    seconds = script.parts_of_a_step(task(momentum=0.9), epochs=1)
    assert list(seconds) == list(script.PARTS)
    assert min(seconds.values()) > 0
    assert [getattr(owner, name) for owner, name in script.PARTS.values()] == before


def test_functions_are_called_in_turn_and_the_median_is_taken():
    calls = []
    seconds = iter([3.0, 30.0, 1.0, 10.0, 2.0, 50.0])

    def function(name):
        calls.append(name)
        return next(seconds)

    common = load("common")
    functions = {name: lambda name=name: function(name) for name in "ab"}
    times = common.medians(common.in_turn(functions, 3))
    assert calls == list("ababab")
    assert times == {"a": 2.0, "b": 30.0}
    assert common.ratios(times, "a") == {"b": 15.0}


def test_a_target_is_met_from_the_right_side():
    judged = load("common").judged
    assert judged(6.1, 6) == "6.10 (≥ 6: met)"
    assert "missed" in judged(5.9, 6)
    assert "missed" in judged(3.1, 3, at_least=False)
    assert judged(2.9, 3, at_least=False) == "2.90 (≤ 3: met)"


def test_the_table_is_markdown():
    assert (
        load("common").table(["", "b"], [["x", 1]])
        == "|  | b |\n| --- | --- |\n| x | 1 |"
    )


def test_a_peer_that_is_missing_is_named(capsys):
    assert load("common").installed(["numpy", "no_such_peer"]) == ["numpy"]
    told = capsys.readouterr().err
    assert "no_such_peer" in told
    assert "pip install 'sklearn_gd[bench]'" in told


def test_without_mnist_the_data_has_its_shape_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("SKLEARN_GD_DATA", str(tmp_path))
    common = load("common")
    monkeypatch.setattr(common, "N_TRAIN", 600)
    monkeypatch.setattr(common, "synthetic", lambda make=common.synthetic: make(700))
    X, y, X_test, y_test, real = common.mnist()
    assert (X.shape, y.shape, X_test.shape) == ((600, 784), (600,), (100, 784))
    assert X.dtype == np.float32
    assert 0 <= X.min() < X.max() <= 1
    assert set(y_test) <= set(range(10))
    assert "random" in common.data_line(real)


def test_a_script_runs_and_prints_its_table(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent.parent)}
    command = [sys.executable, BENCHMARKS / "small_calls.py", "--repeats", "1"]
    done = subprocess.run(
        [*command, "--calls", "1", "--features", "20"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(lines) == 5
    assert lines[2].startswith("| predict, 1 row of 20 |")


def test_a_measurement_in_a_process_of_its_own_comes_back(monkeypatch, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, sys\nprint('a word')\n"
        "print(json.dumps([sys.argv[1:], os.environ['OMP_NUM_THREADS']]))\n"
    )
    common = load("common")
    monkeypatch.setattr(sys, "argv", [str(script)])
    found = common.run_again("--x", 2, environment=common.thread_environment(1))
    assert found == json.loads('[["--x", "2"], "1"]')


def write_tables(folder):
    """Three files of the form that the benchmark of tables reads."""
    rng = np.random.default_rng(0)
    y = np.repeat(["no", "yes"], 30)
    split = np.arange(60) % 3 == 0
    X = np.column_stack([rng.normal(size=60), rng.integers(0, 3, 60), np.arange(60)])
    np.savez(
        folder / "mixed.npz",
        X=X,
        y=y,
        split=split,
        categorical=[False, True, False],
        columns=["size", "colour", "age"],
        categories=json.dumps({"colour": ["blue", "green", "red"]}),
    )
    words = sp.csr_matrix(rng.poisson(1.0, (60, 8)) * (1 + (y == "yes")[:, None]))
    np.savez(
        folder / "words.npz",
        X_data=words.data,
        X_indices=words.indices,
        X_indptr=words.indptr,
        X_shape=words.shape,
        y=y,
        split=split,
        vocabulary=list("abcdefgh"),
    )
    np.savez(folder / "numbers.npz", X=X, y=X[:, 0], split=split)
    return X, words


def test_tables_are_read_with_indicators_of_their_categories(tmp_path):
    X, words = write_tables(tmp_path)
    mixed, texts = load("table_sets").tables(tmp_path)
    assert (mixed.name, texts.name, texts.text) == ("mixed", "words", True)
    np.testing.assert_allclose(mixed.numbers()[:, :2], X[:, [0, 2]], rtol=1e-6)
    np.testing.assert_array_equal(
        mixed.numbers()[:, 2:], np.eye(3)[X[:, 1].astype(int)]
    )
    assert (texts.numbers() != words).nnz == 0
    assert np.bincount(mixed.split).tolist() == [40, 20]


def test_a_table_as_a_frame_keeps_names_and_categories(tmp_path):
    pytest.importorskip("pandas", reason="frames")
    X, _ = write_tables(tmp_path)
    mixed = next(load("table_sets").tables(tmp_path))
    frame = mixed.frame()
    assert list(frame) == ["size", "colour", "age"]
    names = np.array(["blue", "green", "red"])
    assert list(frame["colour"]) == names[X[:, 1].astype(int)].tolist()


def test_few_test_rows_are_split_again_and_many_trained_on_again(tmp_path):
    write_tables(tmp_path)
    sets = load("table_sets")
    small = next(sets.tables(tmp_path))
    runs = small.runs(splits=4, seeds=2)
    assert len(runs) == 4
    np.testing.assert_array_equal(runs[0][1], np.flatnonzero(small.split))
    assert len({tuple(test) for _, test in runs}) == 4
    for train, test in runs:
        assert sorted([*train, *test]) == list(range(60))
        assert (small.y[test] == "yes").mean() == 0.5
    y = np.tile([0, 1], 1000)
    large = sets.Table("large", y[:, None], y, (np.arange(2000) < 600).astype(int))
    first, second = large.runs(splits=4, seeds=2)
    np.testing.assert_array_equal(first[1], np.arange(600))
    assert first is second


def test_without_a_folder_the_tables_are_scikit_learns(tmp_path):
    sets = load("table_sets")
    found = list(sets.tables(tmp_path / "none", only=["iris", "wine"]))
    assert [table.name for table in found] == ["iris", "wine"]
    assert found[0].split.sum() == 45


def test_a_classifier_is_made_by_its_name():
    made = load("contenders")
    ours = made.make("ours(alpha=0.5, hidden_layer_sizes=(3, 2))", seed=7)
    assert (ours.alpha, ours.hidden_layer_sizes, ours.random_state) == (0.5, (3, 2), 7)
    neighbours = made.make("sklearn.neighbors:KNeighborsClassifier", seed=7)
    assert neighbours.n_neighbors == 5
    with pytest.raises(ValueError, match=r"'alpha' is none of MLPClassifier, ours"):
        made.contender("alpha")
    with pytest.raises(ValueError, match="not of the form"):
        made.parsed("ours(alpha=open)")


def test_a_classifier_that_is_missing_is_named(capsys):
    made = load("contenders")
    assert made.those_there(["ours", "no_such_package:Classifier"]) == ["ours"]
    assert "pip install no_such_package" in capsys.readouterr().err


def test_the_figures_of_a_run_are_scikit_learns():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 3, 50), rng.dirichlet([1, 1, 1], 50)
    shares = np.array([0.5, 0.46, 0.04])
    found = load("tables").figures(y, p, np.arange(3), shares)
    assert found["accuracy"] == metrics.accuracy_score(y, p.argmax(axis=1))
    assert found["balanced"] == metrics.balanced_accuracy_score(y, p.argmax(axis=1))
    assert found["log loss"] == pytest.approx(metrics.log_loss(y, p))
    assert found["rare"] == metrics.average_precision_score(y == 2, p[:, 2])


def test_a_difference_is_paired_by_row_whatever_the_splits():
    script = load("tables")
    right = {"a": [[1, 1, 0], [1, 1, 1]], "b": [[0, 1, 1], [1, 0, 0]]}
    rows = np.array([0, 1, 2]), np.array([0, 4, 5])
    a, b = (
        script.summary(
            [
                dict.fromkeys((*script.FIGURES, "rare", "seconds"), 0.0)
                | {"right": np.array(hits), "rows": where}
                for hits, where in zip(right[name], rows, strict=True)
            ],
            n_rows=6,
        )
        for name in "ab"
    )
    d = np.array([50, 0, -100, 100, 100])  # row 0 is a mean of two runs, 3 never tested
    mean, error = script.difference(a, b)
    assert mean == pytest.approx(d.mean())
    assert error == pytest.approx(d.std() / np.sqrt(5))


def test_the_tables_are_compared_printed_and_drawn(monkeypatch, tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="draws the picture")
    write_tables(tmp_path)
    picture = tmp_path / "tables.png"
    names = ["ours(max_iter=1)", "ours(max_iter=30)"]
    command = ["tables.py", str(tmp_path), "--run", *names, "--splits", "2", "--each"]
    monkeypatch.setattr(sys, "argv", [*command, "--picture", str(picture)])
    load("tables").main()
    lines = [line for line in capsys.readouterr().out.splitlines() if line[0:1] == "|"]
    first, second = (line.split(" | ") for line in lines[2:4])
    assert (first[0], second[0]) == tuple(f"| {name}" for name in names)
    assert first[2] == ""
    assert float(second[1]) - float(first[1]) == pytest.approx(
        float(second[2].split(" ± ")[0]) / 100, abs=2e-4
    )
    assert [line.split(" | ")[0] for line in lines[6:]] == ["| mixed", "| words"]
    assert picture.read_bytes().startswith(b"\x89PNG")


class LastLabel:
    """Is sure of the label that it was told last."""

    def partial_fit(self, X, y, classes=None):
        self.classes = self.classes if classes is None else classes
        self.sure = (self.classes == y[-1]).astype(float)

    def predict_proba(self, X):
        return np.tile(self.sure, (len(X), 1))


@pytest.mark.parametrize("part", [1, 7])
def test_a_stream_is_classified_before_it_is_learned_from(part):
    streams = load("streams")
    y = np.random.default_rng(0).choice(["a", "b", "c"], streams.SCALED_BY + 20)
    right, losses, _ = streams.progressive(LastLabel(), np.zeros((len(y), 1)), y, part)
    counted = np.arange(streams.SCALED_BY, len(y))
    told = counted - (counted - streams.SCALED_BY) % part - 1
    np.testing.assert_array_equal(right, y[counted] == y[told])
    np.testing.assert_allclose(losses, np.where(right, 0.0, -np.log(1e-15)))


@pytest.mark.parametrize("name", ["river", "vowpalwabbit"])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_models_of_one_row_at_a_time_learn_and_answer_in_order(convert, name):
    pytest.importorskip(name, reason="is compared with: sklearn_gd[bench]")
    streams, rng = load("streams"), np.random.default_rng(0)
    made = streams.of_river() | streams.of_vowpal_wabbit()
    which = "Vowpal Wabbit" if name == "vowpalwabbit" else "River, softmax"
    model = made[which][-1]()
    X = rng.normal(size=(600, 3))
    y = np.array(["c", "a", "b"])[X.argmax(axis=1)]
    model.partial_fit(convert(X[:300]), y[:300], classes=np.unique(y))
    model.partial_fit(convert(X[300:]), y[300:])
    p = model.predict_proba(convert(X))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-4)
    assert np.mean(np.unique(y)[p.argmax(axis=1)] == y) > 0.8


@pytest.mark.parametrize("part", [1, 2])
def test_the_frequent_class_is_that_of_the_rows_before(part):
    right, p = load("stream_sweep").frequent(np.array([1, 1, 0, 1, 0, 0]), 2, part)
    told = {1: [0, 1, 0, 1, 0, 0], 2: [0, 0, 0, 1, 0, 0]}[part]
    np.testing.assert_array_equal(right, np.array(told, dtype=bool))
    assert p[0] == 0.5 and 0 < p.min() and p.max() < 1


def test_a_stream_of_the_sweep_is_the_same_again_and_the_dead_are_told(monkeypatch):
    sweep = load("stream_sweep")
    names, nowhere = ["iris", "wine"], Path("nowhere")
    seeds = range(6)
    assert [sweep.stream(s, names) for s in seeds] == [
        sweep.stream(s, names) for s in seeds
    ]
    calm = sweep.Stream(0, "iris", "shuffled", 0, False, False, 1.0, 32)
    assert sweep.judged(calm, nowhere) is None

    learned = sweep.learned
    for cost, kind in ((9.0, "below"), (0.1, "silent")):

        def dead(*given, cost=cost):
            right, sums, costs = learned(*given)
            return np.zeros_like(right), sums, np.full_like(costs, cost)

        monkeypatch.setattr(sweep, "learned", dead)
        assert sweep.judged(calm, nowhere)[0] == kind
