"""
The most expensive samples
==========================

The cost of a network is a mean over samples, and a few of them make up most of it.
They are the ones to look at: mistakes of the network, doubtful labels, and samples
unlike all others. ``sample_costs`` gives the cost of each one.
"""

# %%
# A network that reads digits
# ---------------------------

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import shuffle

from sklearn_gd import GradientDescentMLPClassifier

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
X = X / 16
X_train, y_train, X_test, y_test = X[:1297], y[:1297], X[1297:], y[1297:]
model = GradientDescentMLPClassifier(
    (16, 16),
    loss="squared_error",
    learning_rate=0.1,
    batch_size=32,
    max_iter=60,
    tol=None,
    random_state=0,
)
model.fit(X_train, y_train)
print(f"test accuracy {model.score(X_test, y_test):.3f}")

# %%
# The cost of each digit
# ----------------------
# The cost of one digit is the sum of the squared differences between the ten
# activations and the wanted ones: 0 if the network is sure and right, 2 if it is sure
# and wrong. ``cost`` is their mean, plus the L2 term.

costs = model.sample_costs(X_test, y_test)
order = np.argsort(costs)[::-1]
share = costs[order[:25]].sum() / costs.sum()
print(f"mean {costs.mean():.4f}, highest {costs.max():.3f}")
print(f"cost with L2 {model.cost(X_test, y_test):.4f}")
print(f"the 25 most expensive of {len(costs)} digits make up {share:.0%} of the cost")

figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
ax.plot(np.arange(1, len(costs) + 1), np.cumsum(costs[order]) / costs.sum())
ax.axvline(25, color="0.5", linestyle=":", label=f"25 of {len(costs)} digits")
ax.legend(loc="lower right")
_ = ax.set(
    xlabel="Digits, the most expensive first",
    ylabel="Share of the cost",
    title="A few digits make up most of the cost",
    ylim=(0, 1.02),
)

# %%
# The digits with the highest cost
# --------------------------------
# Below each of them what it is and what the network reads.

predicted, sure = model.predict(X_test), model.predict_proba(X_test).max(axis=1)
figure, axes = plt.subplots(3, 6, figsize=(9.5, 6), layout="constrained")
for ax, row in zip(axes.flat, order, strict=False):
    ax.imshow(X_test[row].reshape(8, 8), cmap="gray_r")
    right = predicted[row] == y_test[row]
    ax.set_title(f"cost {costs[row]:.2f}", fontsize=11)
    ax.set_xlabel(
        f"a {y_test[row]}, read as {predicted[row]}\n({sure[row]:.0%} sure)",
        color="tab:green" if right else "tab:red",
    )
    ax.set(xticks=[], yticks=[])
_ = figure.suptitle("The most expensive digits of the test set")

# %%
# Where the cost comes from
# -------------------------
# Sums by class need no more than NumPy: which digit is the hardest?

for digit in np.argsort([-costs[y_test == d].mean() for d in range(10)]):
    mean = costs[y_test == digit].mean()
    print(f"digit {digit}: mean cost {mean:.3f} " + "#" * round(200 * mean))

# %%
# Wrong labels among the digits to learn from
# -------------------------------------------
# Thirty labels of the *training* set are changed. A network that has learned them can
# hardly be asked: it may know wrong answers by heart. So each digit is judged by a
# network that has not seen it, trained on the other four fifths.

rng = np.random.default_rng(0)
swapped = rng.choice(len(y_train), 30, replace=False)
y_wrong = y_train.copy()
y_wrong[swapped] = (y_wrong[swapped] + rng.integers(1, 10, 30)) % 10

student = clone(model).set_params(hidden_layer_sizes=100, loss="log_loss", alpha=0.0)
out_of_fold = np.empty(len(y_wrong))
for train, held_out in StratifiedKFold(5).split(X_train, y_wrong):
    judge = clone(student).fit(X_train[train], y_wrong[train])
    out_of_fold[held_out] = judge.sample_costs(X_train[held_out], y_wrong[held_out])
in_sample = clone(student).fit(X_train, y_wrong).sample_costs(X_train, y_wrong)

for name, found in {"by heart": in_sample, "out of fold": out_of_fold}.items():
    suspects = np.argsort(found)[::-1][:30]
    share = np.isin(swapped, suspects).mean()
    print(
        f"{name:>11}: {share:.0%} of the wrong labels are among the 30 most expensive"
    )

# %%
# The most expensive ones: red where the label was changed. The others are hard to read.

figure, axes = plt.subplots(3, 8, figsize=(10, 4.6), layout="constrained")
for ax, row in zip(axes.flat, np.argsort(out_of_fold)[::-1], strict=False):
    ax.imshow(X_train[row].reshape(8, 8), cmap="gray_r")
    color = "tab:red" if row in swapped else "black"
    ax.set_title(f"labelled {y_wrong[row]}", fontsize=9, color=color)
    ax.set(xticks=[], yticks=[])

plt.show()
