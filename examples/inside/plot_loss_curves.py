"""
Watch the cost from epoch to epoch
==================================

A fitted network knows the cost of each of its epochs. `LossCurveDisplay` draws them.
The square is the last epoch; with validation data there are two curves, and the star
marks the epoch whose parameters the network has kept.
"""

# %%
# When to stop
# ------------
# A large network learns 250 digits by heart, with all their faults: here every fifth
# label is random. The training cost goes on falling, while that of unseen digits rises
# again. Early stopping watches the unseen ones, waits for a while, and gives the best
# parameters back. Thin: what would have come without it.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay

X, y = load_digits(return_X_y=True)
X /= 16
X_train, X_val, y_train, y_val = train_test_split(
    X, y, train_size=250, stratify=y, random_state=0
)
rng = np.random.default_rng(0)
wrong = rng.random(250) < 0.2
y_train[wrong] = rng.integers(0, 10, wrong.sum())

network = GradientDescentMLPClassifier(
    100,
    loss="log_loss",
    batch_size=10,
    learning_rate=0.05,
    alpha=0.0,
    average=False,
    max_iter=60,
    random_state=0,
)
validation = {"X_val": X_val, "y_val": y_val}
network.set_params(tol=None).fit(X_train, y_train, **validation)
without = network.validation_loss_curve_
network.set_params(tol=0.05).fit(X_train, y_train, **validation)
display = LossCurveDisplay.from_estimator(network)
display.ax_.plot(np.arange(1, 61), without, linewidth=0.7, color="0.5", zorder=0)
display.ax_.text(60, without[-1] + 0.05, "without stopping", ha="right", color="0.4")
display.ax_.set_title("250 digits to learn from, a fifth of them with random labels")
watched = network.validation_loss_curve_
print(f"stopped after {network.n_iter_} epochs, at a cost of {watched[-1]:.2f}")
print(
    f"the parameters are those of epoch {display.best_epoch}, with {min(watched):.2f}"
)
print(f"epoch 60 would have cost {without[-1]:.2f}")

# %%
# Several models on one axis
# --------------------------
# Give the ``ax_`` of the first display as ``ax`` to the next. Here is what the learning
# rate does: too small a one is slow, too large a one leaps about and ends higher. One
# run could be luck, so there are three for each rate; thin lines are the other two.
# (Where a step makes it worse than always predicting the class frequencies, training
# goes back, halves the rate and warns; here that is wanted.) A logarithmic axis shows
# the small costs at the end.


def train(seed, **settings):
    """A network trained on all digits."""
    network = GradientDescentMLPClassifier(
        32,
        loss="squared_error",
        batch_size=32,
        alpha=2e-4,
        tol=None,
        random_state=seed,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(X, y)


def compare(settings, title):
    """Curves of three seeds for each setting; returns the mean costs at the end."""
    ax, ends = None, {}
    for name, setting in settings.items():
        first, *others = (train(seed, **setting) for seed in range(3))
        display = LossCurveDisplay.from_estimator(first, name=name, ax=ax)
        ax, color = display.ax_, display.line_.get_color()
        for other in others:
            epochs = np.arange(1, len(other.loss_curve_) + 1)
            ax.plot(epochs, other.loss_curve_, color=color, linewidth=0.6)
        ends[name] = np.mean([n.loss_curve_[-1] for n in (first, *others)])
        print(f"{name:>24}: mean cost at the end {ends[name]:.4f}")
    ax.set(yscale="log", title=title)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), fontsize="small")
    return ends


rates = {"too small, 0.01": 0.01, "good, 1": 1.0, "too large, 8": 8.0}
ends_of_rates = compare(
    {
        name: {"learning_rate": rate, "momentum": 0.0, "max_iter": 40}
        for name, rate in rates.items()
    },
    "Three learning rates, three seeds each",
)

# %%
# Momentum
# --------
# With momentum 0.9, a step that is repeated grows to 10 times its size: 1 / (1 - 0.9).
# So the same learning rate is not a fair comparison. At equal *effective* steps, a
# learning rate of 1 without momentum, plain descent is nearly as fast on this problem.
# Momentum earns its keep in narrow valleys, as in `plot_gradient_descent.py`.

ends_of_rules = compare(
    {
        "plain, 0.1": {"learning_rate": 0.1, "momentum": 0.0, "max_iter": 60},
        "momentum 0.9, 0.1": {"learning_rate": 0.1, "max_iter": 60},
        "plain, 1 (equal steps)": {
            "learning_rate": 1.0,
            "momentum": 0.0,
            "max_iter": 60,
        },
        "adam": {"solver": "adam", "max_iter": 60},
    },
    "Update rules, three seeds each",
)

# %%
# The curve as it grows
# ---------------------
# ``animate()`` draws it epoch by epoch.

animation = LossCurveDisplay.from_estimator(network).animate()

plt.show()
