"""X_val that has not gone through the steps before the network is noticed."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from sklearn_gd import GradientDescentMLPClassifier

LOADERS = [load_breast_cancer, load_digits, load_iris, load_wine]
SCALERS = [StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler]
CURE = r"transform_input=\['X_val'\]"


def network(**settings):
    settings = {"max_iter": 2, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier((4,), **settings)


def fit(X, X_val):
    y, y_val = np.arange(X.shape[0]) % 2, np.ones(X_val.shape[0])
    network().fit(X, y, X_val=X_val, y_val=y_val)


def halves(load):
    X, y = load(return_X_y=True)
    return train_test_split(X, y, random_state=0, stratify=y)


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("load", LOADERS)
def test_rows_that_were_not_scaled_are_noticed(load, scaler):
    X, X_val, y, y_val = halves(load)
    model = make_pipeline(scaler(), network())
    validation = {"X_val": X_val, "y_val": y_val}
    name = "gradientdescentmlpclassifier"
    with pytest.warns(UserWarning, match=f"X_val is unlike X.*{CURE}"):
        model.fit(X, y, **{f"{name}__{key}": v for key, v in validation.items()})


@pytest.mark.parametrize("scaler", [None, *SCALERS])
@pytest.mark.parametrize("load", LOADERS)
def test_rows_that_were_scaled_are_not_suspected(load, scaler):
    """Nor those of one class, nor a single row. Warnings are errors here."""
    X, X_val, _, y_val = halves(load)
    if scaler is not None:
        X, X_val = scaler().fit(X).transform(X), scaler().fit(X).transform(X_val)
    for rows in (y_val >= 0, y_val == 0, slice(1)):
        fit(X, X_val[rows])


DISTRIBUTIONS = {
    "normal": lambda rng, n: rng.normal(size=(n, 5)),
    "long tails": lambda rng, n: np.exp(2 * rng.normal(size=(n, 5))),
    "one-hot": lambda rng, n: np.eye(5)[rng.integers(0, 5, n)],
    "counts": lambda rng, n: rng.poisson(0.7, (n, 5)),
    "rare": lambda rng, n: (rng.random((n, 5)) < 0.05).astype(float),
    "constant": lambda rng, n: np.ones((n, 5)),
    "sparse": lambda rng, n: sp.csr_matrix(rng.poisson(0.1, (n, 5)) * 1.0),
}


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_rows_of_the_same_distribution_are_not_suspected(kind, rng):
    for n in (1, 3, 10, 30, 300):
        fit(DISTRIBUTIONS[kind](rng, 400), DISTRIBUTIONS[kind](rng, n))


def test_sparse_rows_that_were_not_scaled_are_noticed(rng):
    X = sp.csr_matrix(rng.poisson(0.1, (400, 1000)) * 1.0)
    fit(X, X[:100])
    with pytest.warns(UserWarning, match=f"unlike X.*{CURE}"):
        fit(0.1 * X, X[:100])


def test_the_look_does_not_take_from_the_generator(rng):
    X, y = rng.normal(size=(400, 5)), np.arange(400) % 2
    fits = [network().fit(X, y), network().fit(X, y, X_val=X, y_val=y)]
    np.testing.assert_array_equal(fits[0].loss_curve_, fits[1].loss_curve_)


# Names and types of the columns


@pytest.fixture
def frame(rng):
    pandas = pytest.importorskip("pandas", reason="reads its data frames")
    return pandas.DataFrame(
        {"age": rng.normal(50, 10, 60), "colour": rng.choice(["red", "blue"], 60)}
    )


def encoded(output):
    columns = [
        ("scale", StandardScaler(), ["age"]),
        ("encode", OneHotEncoder(sparse_output=False), ["colour"]),
    ]
    encoder = ColumnTransformer(columns).set_output(transform=output)
    return make_pipeline(encoder, network())


@pytest.mark.parametrize(
    ("output", "message"),
    [("default", "X_val cannot be read"), ("pandas", "feature names.*'scale__age'")],
)
def test_a_frame_beside_encoded_columns(output, message, frame):
    y = np.arange(60) % 2
    validation = {"X_val": frame, "y_val": y}
    name = "gradientdescentmlpclassifier"
    with pytest.raises(ValueError, match=f"{message}.*{CURE}"):
        encoded(output).fit(
            frame, y, **{f"{name}__{key}": v for key, v in validation.items()}
        )


def test_the_cure_is_one(frame):
    y = np.arange(60) % 2
    with sklearn.config_context(enable_metadata_routing=True):
        model = encoded("default").set_params(transform_input=["X_val"])
        model[-1].set_fit_request(X_val=True, y_val=True)
        model.fit(frame, y, X_val=frame, y_val=y)
    assert len(model[-1].validation_scores_) == 2


def test_names_on_one_side_only(frame):
    X, y = frame[["age"]], np.arange(60) % 2
    with pytest.warns(
        UserWarning, match=f"X_val has feature names, but X has none.*{CURE}"
    ):
        network().fit(X.to_numpy(), y, X_val=X, y_val=y)
    with pytest.warns(
        UserWarning, match=f"X has feature names, but X_val has none.*{CURE}"
    ):
        network().fit(X, y, X_val=X.to_numpy(), y_val=y)
    network().fit(X, y, X_val=X, y_val=y)  # without a warning
