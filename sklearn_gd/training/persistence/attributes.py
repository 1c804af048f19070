"""The fitted attributes that are stored beside a model, and what they must be."""

from __future__ import annotations

import numpy as np

from ...core.training import STOP_REASONS
from .fields import ANY_NUMBER, check, checked, one_of, or_none, row_of, whole

# Fitted attributes that are compared with the model, and those that tell of the last
# call.
LEARNED = ("n_features_in_", "feature_names_in_", "classes_")
ATTRIBUTES = {
    "loss_": ANY_NUMBER,
    "best_loss_": ANY_NUMBER,
    "loss_curve_": row_of(ANY_NUMBER),
    "n_iter_": whole(),
    "best_epoch_": whole(),
    "stop_reason_": or_none(one_of(STOP_REASONS)),
    "validation_loss_curve_": or_none(row_of(ANY_NUMBER)),
    "validation_scores_": or_none(row_of(ANY_NUMBER)),
    "best_validation_score_": or_none(ANY_NUMBER),
}


def check_attributes(stored, model):
    """Refuses fitted attributes that do not fit the model or one another."""
    n_inputs, classes = model.network.layer_sizes[0], model.labels.classes
    found = stored.get("n_features_in_")
    wanted = f"{n_inputs}, the inputs of the network"
    check(whole().holds(found) and found == n_inputs, "n_features_in_", found, wanted)
    found = stored.get("classes_")
    same = isinstance(found, np.ndarray) and found.dtype == classes.dtype
    same = same and np.array_equal(found, classes)
    check(same, "classes_", found, "the same as labels.classes")
    names = stored.get("feature_names_in_", np.zeros(n_inputs))
    fits = isinstance(names, np.ndarray) and names.shape == (n_inputs,)
    check(fits, "feature_names_in_", names, f"{n_inputs} names")
    told = {name: stored[name] for name in ATTRIBUTES if name in stored}
    checked(told, {name: ATTRIBUTES[name] for name in told})
    check_epochs(told)


def check_epochs(told):
    """Refuses curves that are not those of so many epochs."""
    n_epochs = told.get("n_iter_", 0)
    for name in ("loss_curve_", "validation_loss_curve_", "validation_scores_"):
        curve = told.get(name)
        if curve is not None:
            check(len(curve) == n_epochs, name, curve, f"a list of n_iter_, {n_epochs}")
    best = told.get("best_epoch_", 0)
    check(
        best <= max(n_epochs, 1), "best_epoch_", best, f"n_iter_, {n_epochs}, at most"
    )
    summaries = (
        ("loss_", "loss_curve_", lambda curve: curve[-1]),
        ("best_loss_", "loss_curve_", min),
        ("best_validation_score_", "validation_scores_", max),
    )
    for name, curve, summary in summaries:
        if told.get(curve) and name in told:
            found, wanted = told[name], summary(told[curve])
            check(
                found == wanted or wanted != wanted,
                name,
                found,
                f"{wanted}, of {curve}",
            )
