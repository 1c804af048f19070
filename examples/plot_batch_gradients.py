"""
The gradient of a batch: not the true one, but a good approximation
===================================================================

One step of plain gradient descent looks at all samples. Stochastic gradient descent
looks at a small random batch and steps at once. The gradient of a batch is not the true
gradient, but it costs a fraction and is a good approximation. How good? This script
measures it.
"""

# %%
# A network in training
# ---------------------
# After one epoch there is still much to learn. (At the very start the output weights
# are all zero, so only the output layer has a slope then.) L2 is off, so that nothing
# but the samples speaks.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
model = GradientDescentMLPClassifier(
    (16, 16), max_iter=1, tol=None, alpha=0.0, random_state=0
).fit(X, y)
true_gradient = model.cost_gradient(X, y)
print(f"{len(X):,} samples, {model.n_parameters_:,} parameters")
print(f"cost {model.cost(X, y):.3f}, slope {np.linalg.norm(true_gradient):.3f}")

# %%
# Angle and length
# ----------------
# For 200 random batches of each size: the angle between the gradient of the batch and
# the true one, and how many times as long it is. A right angle would mean that the
# batch knows nothing of the way down.


def angle(a, b):
    """The angle between two vectors, in degrees."""
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


rng = np.random.default_rng(0)
sizes = (1, 10, 100, 1000)
gradients = {}
for size in sizes:
    batches = [rng.choice(len(X), size, replace=False) for _ in range(200)]
    gradients[size] = np.array(
        [model.cost_gradient(X[rows], y[rows]) for rows in batches]
    )

length = np.linalg.norm(true_gradient)
angles = [[angle(g, true_gradient) for g in gradients[size]] for size in sizes]
lengths = [np.linalg.norm(gradients[size], axis=1) / length for size in sizes]
print("\nbatch   angle (median)   length (median)   the right way")
for size, a, b in zip(sizes, angles, lengths, strict=True):
    share = np.mean(np.array(a) < 90)
    print(f"{size:>5} {np.median(a):>14.1f}° {np.median(b):>16.2f} × {share:>14.0%}")

# %%
# Two random directions in so many dimensions stand at a right angle, within two degrees
# or so. A single digit knows hardly more than that: it wants the network for itself
# alone. Batches of ten nearly all point downhill, for less than a hundredth of the work
# of all 1,797 samples; and the more samples, the truer are direction and length.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
labels = [f"{size:,}" for size in sizes]
left.boxplot(angles, tick_labels=labels, whis=(5, 95), showfliers=False)
left.axhline(90, color="tab:red", linestyle=":", label="knows nothing")
left.set(xlabel="Samples in the batch", ylabel="Angle to the true gradient (°)")
left.set_ylim(bottom=0)
left.legend()
right.boxplot(lengths, tick_labels=labels, whis=(5, 95), showfliers=False)
right.axhline(1, color="tab:green", linestyle=":", label="the true length")
right.set(xlabel="Samples in the batch", ylabel="Length / true length", yscale="log")
right.legend()
figure.suptitle("Gradients of 200 random batches (boxes: half of them, whiskers: 90%)")

# %%
# The same as arrows
# ------------------
# The true way down is the blue arrow. Each grey arrow is that of a batch: as far to the
# right as it goes the true way, as far up or down as it strays. (Up or down is the
# first principal direction of straying; there are 1,480 others.)

figure, axes = plt.subplots(
    1, 4, figsize=(12, 3.6), layout="constrained", sharex=True, sharey=True
)
direction = true_gradient / length
for ax, size in zip(axes, sizes, strict=True):
    along = gradients[size] @ direction / length
    astray = gradients[size] / length - np.outer(along, direction)
    sideways = astray @ np.linalg.svd(astray, full_matrices=False)[2][0]
    to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1}
    origin = np.zeros((2, 60))
    ax.quiver(*origin, along[:60], sideways[:60], color="0.6", width=0.006, **to_scale)
    ax.quiver(0, 0, 1, 0, color="tab:blue", **to_scale)
    ax.set_title(f"batches of {size:,}")
    ax.set(xlim=(-3, 5), ylim=(-4, 4), aspect="equal", xlabel="the true way")
axes[0].set_ylabel("astray")

# %%
# On average it is exact
# ----------------------
# A batch is as likely to stray one way as the other: the mean of all single samples'
# gradients is the true gradient.

singles = [model.cost_gradient(X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
error = np.linalg.norm(np.mean(singles, axis=0) - true_gradient) / length
print(f"mean of all {len(X):,} single gradients: relative error {error:.0e}")

plt.show()
