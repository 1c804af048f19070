"""
Watch the cost from epoch to epoch
==================================

A fitted network knows the cost of each of its epochs. `LossCurveDisplay` draws them:
with validation data there are two curves, and the star marks the epoch whose parameters
the network has kept.
"""

# %%
# When to stop
# ------------
# A large network on few digits learns them by heart: the training cost goes on falling
# when that of unseen digits no longer does. Early stopping watches the unseen ones.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay

X, y = load_digits(return_X_y=True)
X /= 16
X_train, X_val, y_train, y_val = train_test_split(
    X, y, train_size=250, stratify=y, random_state=0
)

network = GradientDescentMLPClassifier(
    100,
    batch_size=10,
    learning_rate=0.1,
    alpha=0.0,
    early_stopping=True,
    random_state=0,
)
network.fit(X_train, y_train, X_val=X_val, y_val=y_val)
display = LossCurveDisplay.from_estimator(network)
display.ax_.set_title("250 digits to learn from")
print(
    f"stopped after {network.n_iter_} epochs; the parameters are those of epoch "
    f"{display.best_epoch}"
)

# %%
# Several models on one axis
# --------------------------
# Give the ``ax_`` of the first display as ``ax`` to the next. Here is what the learning
# rate does: too small a one is slow, too large a one does not come to rest. A
# logarithmic axis shows the small costs at the end.

ax = None
for learning_rate in (0.01, 0.3, 2.5):
    network = GradientDescentMLPClassifier(
        32,
        learning_rate=learning_rate,
        momentum=0.0,
        batch_size=32,
        max_iter=40,
        tol=None,
        random_state=0,
    )
    network.fit(X, y)
    name = f"learning rate {learning_rate}"
    ax = LossCurveDisplay.from_estimator(network, name=name, ax=ax).ax_
ax.set(yscale="log", title="Three learning rates")
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.85))

# %%
# Momentum gets there in fewer epochs, a schedule makes the end quiet.

ax = None
for name, settings in {
    "plain": {"learning_rate": 0.1, "momentum": 0.0},
    "momentum": {"learning_rate": 0.1},
    "cosine schedule": {"learning_rate": 0.1, "learning_rate_schedule": "cosine"},
    "adam": {"solver": "adam"},
}.items():
    network = GradientDescentMLPClassifier(
        32, batch_size=32, max_iter=60, tol=None, random_state=0, **settings
    )
    network.fit(X, y)
    ax = LossCurveDisplay.from_estimator(network, name=name, ax=ax).ax_
ax.set(yscale="log", title="Update rules and schedules")

plt.show()
