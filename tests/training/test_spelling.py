"""Parameters as scikit-learn's networks spell them: errors that say what to write."""

import inspect

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.training.spelling import NAMES

X = np.eye(20)
Y = np.arange(20) % 2


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_told_in_the_constructor_and_by_set_params(name):
    wanted = f"has no parameter '{name}'; write {NAMES[name].split(',')[0]}"
    with pytest.raises(TypeError, match=wanted):
        GradientDescentMLPClassifier(**{name: 1})
    network = GradientDescentMLPClassifier()
    with pytest.raises(TypeError, match=wanted):
        network.set_params(alpha=0.5, **{name: 1})
    assert network.alpha == "auto"


def test_a_search_through_a_pipeline_tells_the_name():
    pipeline = make_pipeline(StandardScaler(), GradientDescentMLPClassifier())
    grid = {"gradientdescentmlpclassifier__learning_rate_init": [0.1]}
    with pytest.raises(TypeError, match="write learning_rate, the step size"):
        GridSearchCV(pipeline, grid, cv=2).fit(X, Y)


def test_every_parameter_of_mlpclassifier_is_here_or_told():
    theirs = set(inspect.signature(MLPClassifier).parameters)
    ours = set(inspect.signature(GradientDescentMLPClassifier).parameters)
    assert theirs - ours <= set(NAMES)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"learning_rate": "adaptive"}, "write learning_rate_schedule='adaptive'"),
        ({"learning_rate": "constant"}, "write learning_rate_schedule='constant'"),
        ({"learning_rate": "invscaling"}, "learning_rate_schedule='invscaling'"),
        ({"n_iter_no_change": np.inf}, "write tol=None"),
    ],
)
def test_other_meanings_are_told_before_training(params, message):
    network = GradientDescentMLPClassifier(**params)
    clone(network)  # a constructor takes anything
    for train in (network.fit, lambda X, y: network.partial_fit(X, y, classes=[0, 1])):
        with pytest.raises(ValueError, match=message):
            train(X, Y)
    assert not hasattr(network, "classes_")


def test_an_unknown_parameter_is_refused_as_everywhere():
    with pytest.raises(TypeError, match="unexpected keyword argument 'depth'"):
        GradientDescentMLPClassifier(depth=3)
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        GradientDescentMLPClassifier().set_params(depth=3)
