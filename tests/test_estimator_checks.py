"""scikit-learn's own contract, for the configurations that differ most."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_gd import GradientDescentMLPClassifier

ESTIMATORS = [
    GradientDescentMLPClassifier(max_iter=20),
    GradientDescentMLPClassifier(batch_size="full", max_iter=20),
    GradientDescentMLPClassifier(solver="adam", max_iter=20),
    GradientDescentMLPClassifier(solver="lbfgs", max_iter=20),
    GradientDescentMLPClassifier(loss="log_loss", max_iter=20),
    GradientDescentMLPClassifier(early_stopping=True, max_iter=20),
]
# scikit-learn declares the same for its own stochastic estimators, among them
# SGDClassifier, Perceptron and HistGradientBoostingClassifier.
EQUIVALENCE = {
    f"check_sample_weight_equivalence_on_{kind}_data": (
        "a row of weight 2 is held out or trained on as one row, two equal rows may "
        "fall on either side of the random split"
    )
    for kind in ("dense", "sparse")
}


def expected_failures(estimator):
    """None, but for the configuration that splits its data at random."""
    return EQUIVALENCE if estimator.early_stopping else {}


checks = parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
# scikit-learn 1.6 gives a generator, which the newest pytest does not take.
names, cases = checks.args
each_check = pytest.mark.parametrize(names, list(cases), **checks.kwargs)


# Some checks use data on which so few epochs diverge or do not converge.
@pytest.mark.filterwarnings("ignore")
@each_check
def test_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)
