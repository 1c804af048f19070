"""scikit-learn's configuration is obeyed, and random_state takes what it documents."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_gd import GradientDescentMLPClassifier


def network(**settings):
    settings = {"max_iter": 3, "tol": None, **settings}
    return GradientDescentMLPClassifier((4,), **settings)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_parameters_are_not_validated_where_that_is_switched_off(method, digits):
    X, y = digits
    model = network(verbose=0, shuffle=1.0)  # means True all the same
    how = {"classes": range(10)} if method == "partial_fit" else {}
    with pytest.raises(InvalidParameterError, match="shuffle"):
        getattr(model, method)(X, y, **how)
    with sklearn.config_context(skip_parameter_validation=True):
        getattr(model, method)(X, y, **how)
    assert model.predict(X).shape == y.shape


FOREIGN = """
import numpy as np
import sklearn
from sklearn_gd import GradientDescentMLPClassifier

class Foreign:
    '''An array of a library that is not NumPy.'''
    shape, ndim, dtype, device = (4, 2), 2, np.dtype(float), 'cpu'
    def __array_namespace__(self, api_version=None):
        class namespace:
            __name__ = 'foreign'
        return namespace
    def __array__(self, *args, **kwargs):
        return np.arange(8.0).reshape(4, 2)
    def __len__(self):
        return 4

y = [0, 1, 0, 1]
model = GradientDescentMLPClassifier(max_iter=1, tol=None)
model.fit(Foreign(), y).predict(Foreign())
with sklearn.config_context(array_api_dispatch=True):
    model.fit(np.arange(8.0).reshape(4, 2), y)
    calls = [
        lambda: model.fit(Foreign(), y),
        lambda: model.predict(Foreign()),
        lambda: model.partial_fit(Foreign(), y),
        lambda: model.fit(np.eye(2), [0, 1], X_val=Foreign(), y_val=y),
    ]
    for call in calls:
        try:
            call()
        except (TypeError, ValueError) as error:
            assert 'Foreign and array_api_dispatch is on' in str(error), error
            assert 'numpy.asarray' in str(error), error
        else:
            raise AssertionError('was taken for an array of NumPy')
"""


def test_arrays_of_other_libraries_get_a_sentence():
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    run = subprocess.run(
        [sys.executable, "-c", FOREIGN],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    if "array_api_compat is required" in run.stderr:
        pytest.skip("this version of scikit-learn needs array_api_compat for it")
    assert run.returncode == 0, run.stderr


# random_state

KINDS = {
    "Generator": lambda: np.random.default_rng(0),
    "Generator of another kind": lambda: np.random.Generator(np.random.MT19937(0)),
    "RandomState": lambda: np.random.RandomState(0),
}
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
def test_a_generator_is_used_and_advanced(kind, digits):
    """scikit-learn #16988 and #20669: a numpy.random.Generator was refused."""
    given = KINDS[kind]()
    model = network(random_state=given)
    first = model.fit(*digits).parameters_
    assert given.random() != KINDS[kind]().random()
    assert (model.fit(*digits).parameters_ != first).any()
    same = network(random_state=KINDS[kind]()).fit(*digits).parameters_
    np.testing.assert_array_equal(first, same)
    model.partial_fit(*digits)  # its own generator goes on
    assert model.random_state is given


@kinds
def test_a_clone_has_a_copy_of_the_generator(kind, digits):
    """So clones are fitted alike, as scikit-learn documents."""
    model = network(random_state=KINDS[kind]())
    a, b = clone(model).fit(*digits), clone(model).fit(*digits)
    np.testing.assert_array_equal(a.parameters_, b.parameters_)
    assert model.random_state.random() == KINDS[kind]().random()


@kinds
def test_searches_take_a_generator(kind, digits):
    X, y = digits[0][:200], digits[1][:200]
    model = network(random_state=KINDS[kind]())
    scores = [cross_val_score(model, X, y, cv=3) for _ in range(2)]
    np.testing.assert_array_equal(*scores)
    search = GridSearchCV(model, {"alpha": [0.0, 0.0]}, cv=3).fit(X, y)
    assert np.ptp(search.cv_results_["mean_test_score"]) == 0


@kinds
def test_epochs_are_calls_of_partial_fit_with_a_generator(kind, digits):
    whole = network(random_state=KINDS[kind]()).fit(*digits)
    stream = network(random_state=KINDS[kind]())
    for _ in range(3):
        stream.partial_fit(*digits, classes=range(10))
    np.testing.assert_array_equal(whole.parameters_, stream.parameters_)
