"""Classifiers made from a name, for benchmarks that compare many of them.

A name is one of `CONTENDERS` or ``module:Class``, and may be followed by settings as
they are written in Python: ``ours(alpha=0.001)``, ``sklearn.svm:SVC(C=10)``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from dataclasses import dataclass

from sklearn.pipeline import make_pipeline


@dataclass(frozen=True)
class Contender:
    """Where a classifier comes from, and what it is given.

    Parameters
    ----------
    path : str, ``module:Class``
    needs : str, the package to install
    given : {"scaled", "numbers", "frame"}
        The columns scaled, as numbers as they are, or as a frame with categories.
    """

    path: str
    needs: str = "scikit-learn"
    given: str = "scaled"

    def there(self):
        """Whether it can be imported."""
        module, name = self.path.split(":")
        try:
            return hasattr(importlib.import_module(module), name)
        except ImportError:
            return False


BASE = "MLPClassifier"
CONTENDERS = {
    BASE: Contender("sklearn.neural_network:MLPClassifier"),
    "ours": Contender("sklearn_gd:GradientDescentMLPClassifier", "sklearn_gd"),
    "tabular": Contender("sklearn_gd:tabular_classifier", "sklearn_gd", "frame"),
    "HistGradientBoosting": Contender(
        "sklearn.ensemble:HistGradientBoostingClassifier", given="numbers"
    ),
    "RealMLP-TD-S": Contender(
        "pytabkit:RealMLP_TD_S_Classifier", "pytabkit", given="numbers"
    ),
    "RealMLP-TD": Contender(
        "pytabkit:RealMLP_TD_Classifier", "pytabkit", given="numbers"
    ),
}


def parsed(text):
    """The name and the settings in ``name(setting=value, ...)``.

    Raises
    ------
    ValueError
        If it is not written like that, or a value is not a literal.
    """
    name, bracket, rest = text.partition("(")
    if not bracket:
        return name, {}
    try:
        call = ast.parse(f"f({rest}", mode="eval").body
        return name, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{text!r} is not of the form name(setting=value, ...) with literals"
        ) from error


def contender(name):
    """The contender of that name, known or ``module:Class``.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if name in CONTENDERS:
        return CONTENDERS[name]
    if ":" not in name:
        known = ", ".join(CONTENDERS)
        raise ValueError(f"{name!r} is none of {known}, nor of the form module:Class")
    return Contender(name, name.split(".")[0].split(":")[0])


def make(text, seed, threads=1):
    """A new classifier for a name with settings; seed and threads where it has them."""
    name, settings = parsed(text)
    module, attribute = contender(name).path.split(":")
    factory = getattr(importlib.import_module(module), attribute)
    takes = inspect.signature(factory).parameters
    given = {"random_state": seed, "n_threads": threads} | settings
    kept = {k: v for k, v in given.items() if k in takes or k in settings}
    return factory(**kept)


def pipeline(text, seed, table, raw=False):
    """The classifier behind what it wants of a table, and the table's X for it."""
    given = contender(parsed(text)[0]).given
    model = make(text, seed)
    if given == "frame":
        return model, table.frame()
    if given == "scaled" and not raw:
        model = make_pipeline(table.scaler(), model)
    return model, table.numbers()


def those_there(texts):
    """Those of the names that can be imported; says in a line which cannot."""
    found = []
    for text in texts:
        known = contender(parsed(text)[0])
        if known.there():
            found.append(text)
        else:
            told = f"{text} is left out: there is no {known.path}"
            print(f"{told} (pip install {known.needs})\n", file=sys.stderr)
    return found
