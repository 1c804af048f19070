"""What stands around a network in ONNX: pipelines, calibration, thresholds and others.

skl2onnx converts them, and asks the network within for probabilities or raw scores. In
a few places it loses that wish on the way, or computes something else than
scikit-learn. Its converters are wrapped here: the wish is handed on, and what would
come out wrong is refused. They work as ever where no network of ours is within.
"""

from __future__ import annotations

import numpy as np
from skl2onnx.common._registration import get_converter, register_converter
from sklearn.pipeline import Pipeline

from .estimator import GradientDescentMLP


def last_step(estimator):
    """The estimator that a pipeline ends in, or the estimator itself."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def is_ours(estimator):
    """Whether it is a network or a pipeline that ends in one."""
    return isinstance(last_step(estimator), GradientDescentMLP)


def holds_ours(estimator):
    """Whether a network is anywhere within: calibrated, in a bag, behind a search."""
    several = getattr(estimator, "estimators_", [])
    several = several.ravel() if isinstance(several, np.ndarray) else several
    names = ("estimator", "estimator_", "best_estimator_")
    parts = [*several, *(getattr(estimator, name, None) for name in names)]
    return is_ours(estimator) or any(
        holds_ours(part) for part in parts if part is not None
    )


def hand_on_raw_scores(scope, operator, container):
    """Tells the last step of a pipeline that raw scores are wanted (it forgets to)."""
    pipeline = operator.raw_operator
    wanted = container.get_options(pipeline, {"raw_scores": False})["raw_scores"]
    if wanted and is_ours(pipeline):
        for holder in (scope, container):
            holder.add_options(id(last_step(pipeline)), {"raw_scores": True})


def refuse_calibration(scope, operator, container):
    """Refuses what skl2onnx does not compute as scikit-learn does."""
    model = operator.raw_operator
    within = [calibrated.estimator for calibrated in model.calibrated_classifiers_]
    if model.method != "sigmoid" and any(map(is_ours, within)):
        raise NotImplementedError(
            f"CalibratedClassifierCV(method={model.method!r}) over a network has no "
            "ONNX form that predicts the same (skl2onnx does not interpolate). "
            "Calibrate with method='sigmoid', or convert the network alone."
        )


def refuse_stacking(scope, operator, container):
    """Refuses features of the final estimator that skl2onnx makes too many of."""
    model = operator.raw_operator
    binary = len(model.classes_) == 2
    for estimator, method in zip(model.estimators_, model.stack_method_, strict=True):
        wrong = method == "predict" or (method == "decision_function" and binary)
        if wrong and is_ours(estimator):
            raise NotImplementedError(
                f"StackingClassifier with stack_method={method!r} over a network, for "
                f"{len(model.classes_)} classes, has no ONNX form that runs. Use "
                "stack_method='predict_proba'."
            )


def refuse_labels(scope, operator, container):
    """Refuses labels that skl2onnx loses: it tells the number of a class instead."""
    model = operator.raw_operator
    numbers = np.arange(len(model.classes_))
    if holds_ours(model) and not np.array_equal(model.classes_, numbers):
        raise NotImplementedError(
            f"OneVsOneClassifier over a network, with the labels {model.classes_}, has "
            f"no ONNX form that tells them: skl2onnx takes them for {numbers}. Encode "
            "y with LabelEncoder, or convert the network alone, which needs no "
            "OneVsOneClassifier for several classes."
        )


def refuse_threshold(scope, operator, container):
    """Refuses a threshold, which skl2onnx leaves out."""
    model = operator.raw_operator
    if holds_ours(model):
        raise NotImplementedError(
            "TunedThresholdClassifierCV over a network has no ONNX form that predicts "
            "the same: skl2onnx leaves best_threshold_ out. Convert estimator_, and "
            f"compare its probabilities with {model.best_threshold_} yourself."
        )


def look_first(look, alias):
    """Lets a function look at an estimator before skl2onnx converts it."""
    try:
        original = get_converter(alias)
    except ValueError:  # an older skl2onnx, which refuses by itself
        return

    def convert(scope, operator, container):
        look(scope, operator, container)
        return original(scope, operator, container)

    options = original.get_allowed_options()
    register_converter(alias, convert, overwrite=True, options=options)


look_first(hand_on_raw_scores, "SklearnPipeline")
look_first(refuse_calibration, "SklearnCalibratedClassifierCV")
look_first(refuse_stacking, "SklearnStackingClassifier")
look_first(refuse_labels, "SklearnOneVsOneClassifier")
look_first(refuse_threshold, "SklearnTunedThresholdClassifierCV")
