"""Makes the golden models of this version: run once a release, never change old ones.

Every later version must load them and predict what stands in their npz file. Run as
``python tests/golden/make.py``; files are named after the version.
"""

import pickle
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import skops.io
from sklearn.datasets import make_classification, make_multilabel_classification

import sklearn_gd

HERE = Path(__file__).parent
RECIPES = {
    "binary": {"solver": "adam", "activation": "silu", "loss": "log_loss"},
    "multiclass": {"activation": ["tanh", "leaky_relu"], "hidden_layer_sizes": (6, 5)},
    "multilabel": {"solver": "lbfgs", "hidden_layer_sizes": (), "activation": ()},
}


def data(kind):
    if kind == "multilabel":
        return make_multilabel_classification(60, 5, n_classes=3, random_state=0)
    n_classes = 2 if kind == "binary" else 3
    X, y = make_classification(
        60, 5, n_informative=4, n_redundant=0, n_classes=n_classes, random_state=0
    )
    names = np.array(["ash", "beech", "cedar"])
    return X.astype(np.float32), names[y]


def make(kind):
    X, y = data(kind)
    settings = {"hidden_layer_sizes": (6,), "max_iter": 20, "tol": None}
    settings |= RECIPES[kind]
    model = sklearn_gd.GradientDescentMLPClassifier(random_state=0, **settings)
    model.fit(X, y)
    path = HERE / f"{sklearn_gd.__version__}-{kind}"
    path.with_name(path.name + ".pickle").write_bytes(pickle.dumps(model, protocol=4))
    skops.io.dump(model, path.with_name(path.name + ".skops"), compression=ZIP_DEFLATED)
    np.savez(
        path.with_name(path.name + ".npz"),
        X=X,
        labels=model.predict(X),
        probabilities=model.predict_proba(X),
    )


if __name__ == "__main__":
    for kind in RECIPES:
        make(kind)
