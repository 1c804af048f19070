"""
The gradient of a batch: unbiased, noisy, nearly always downhill
================================================================

One step of plain gradient descent looks at all samples. Stochastic gradient descent
looks at a small random batch and steps at once. The gradient of a batch is not the true
gradient: it is right on average (unbiased), never exactly right (noisy), and, while
there is much to learn, nearly always on the right side of a right angle (downhill).
This script measures it, early and late in training.
"""

# %%
# Early and late
# --------------
# The same network after 3 epochs and after 20. L2 is off, so that nothing but the
# samples speaks.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
settings = {
    "loss": "squared_error",
    "learning_rate": 0.02,
    "batch_size": 32,
    "tol": None,
    "alpha": 0.0,
    "average": False,
    "random_state": 0,
}
models = {
    name: GradientDescentMLPClassifier((16, 16), max_iter=epochs, **settings).fit(X, y)
    for name, epochs in {"early": 3, "late": 20}.items()
}
true_gradients = {name: model.cost_gradient(X, y) for name, model in models.items()}
print(f"{len(X):,} samples, {models['early'].n_parameters_:,} parameters")
for name, model in models.items():
    slope = np.linalg.norm(true_gradients[name])
    print(f"{name}: cost {model.cost(X, y):.4f}, slope {slope:.4f}")

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
sizes = (1, 3, 10, 32, 100, 316, 1000)
batches = {
    size: [rng.choice(len(X), size, replace=False) for _ in range(200)]
    for size in sizes
}
gradients = {
    (name, size): np.array([model.cost_gradient(X[b], y[b]) for b in batches[size]])
    for name, model in models.items()
    for size in sizes
}
angles, lengths = {}, {}
for (name, size), found in gradients.items():
    true = true_gradients[name]
    angles[name, size] = [angle(g, true) for g in found]
    lengths[name, size] = np.linalg.norm(found, axis=1) / np.linalg.norm(true)
print("\n        batch   angle (median)   length (median)   downhill")
for name, size in gradients:
    a, b = np.array(angles[name, size]), lengths[name, size]
    print(
        f"{name:>6} {size:>6} {np.median(a):>14.1f}° {np.median(b):>16.2f} × "
        f"{np.mean(a < 90):>9.0%}"
    )

# %%
# Two random directions in so many dimensions stand at a right angle, within two degrees
# or so. Early, batches of 32 point downhill, for a fiftieth of the work of all 1,797
# samples; and the more samples, the truer are direction and length. Late, most digits
# are read well and ask for nothing, and the others agree on less: noise is larger than
# what is left of the slope. Batches of 100 are still nearly always on the right side,
# single digits often not. That is why learning rates are lowered, or parameters
# averaged, towards the end.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for name, color in (("early", "tab:blue"), ("late", "tab:orange")):
    for ax, found in ((left, angles), (right, lengths)):
        low, middle, high = np.quantile(
            [found[name, size] for size in sizes], (0.05, 0.5, 0.95), axis=1
        )
        ax.fill_between(sizes, low, high, color=color, alpha=0.25, linewidth=0)
        ax.plot(sizes, middle, "o-", color=color, label=f"{name} in training")
left.axhline(90, color="black", linestyle=":", label="knows nothing of the way down")
left.set(ylabel="Angle to the true gradient (°)", xscale="log", ylim=(0, None))
right.axhline(1, color="black", linestyle=":", label="the true length")
right.set(ylabel="Length / true length", xscale="log", yscale="log", ylim=(0.02, 50))
for ax in (left, right):
    ax.set_xlabel("Samples in the batch")
    ax.legend(fontsize="small")
_ = figure.suptitle(
    "Gradients of 200 random batches (line: median, band: 90 % of them)"
)

# %%
# The same as arrows
# ------------------
# The true way down is the blue arrow. Each grey arrow is that of a batch early in
# training: as far to the right as it goes the true way, as far up or down as it strays.
# (Up or down is the first principal direction of straying; there are 1,480 others.)

true = true_gradients["early"]
length = np.linalg.norm(true)
shown, ends = (1, 10, 100, 1000), {}
for size in shown:
    along = gradients["early", size] @ true / length**2
    astray = gradients["early", size] / length - np.outer(along, true / length)
    sideways = astray @ np.linalg.svd(astray, full_matrices=False)[2][0]
    ends[size] = np.c_[along, sideways][:60]
limit = 1.05 * np.abs(np.concatenate(list(ends.values()))).max(axis=0)
low = min(end[:, 0].min() for end in ends.values())

figure, axes = plt.subplots(
    1, 4, figsize=(12, 3.8), layout="constrained", sharex=True, sharey=True
)
for ax, size in zip(axes, shown, strict=True):
    to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1}
    ax.quiver(*np.zeros((2, 60)), *ends[size].T, color="0.6", width=0.006, **to_scale)
    ax.quiver(0, 0, 1, 0, color="tab:blue", zorder=3, **to_scale)
    ax.set_title(f"batches of {size:,}")
    ax.set(xlim=(1.1 * low - 0.2, limit[0]), ylim=(-limit[1], limit[1]))
    ax.set_xlabel("the true way")
_ = axes[0].set_ylabel("astray")

# %%
# On average it is exact
# ----------------------
# A batch is as likely to stray one way as the other: the mean of all single samples'
# gradients is the true gradient, early and late.

for name, model in models.items():
    singles = [model.cost_gradient(X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
    true = true_gradients[name]
    error = np.linalg.norm(np.mean(singles, axis=0) - true) / np.linalg.norm(true)
    print(
        f"{name}: mean of all {len(X):,} single gradients, relative error {error:.0e}"
    )

# %%
# The tug of war, digit by digit
# ------------------------------
# What six single digits ask of the same parameters, their sum, and what all digits ask.
# Here they are the digits that cost most. Each wants the network for itself alone; the
# angles say how little they agree with all.

costly = np.argsort(models["early"].sample_costs(X, y))[-6:]
print(models["early"].explain_samples(X, y, costly, n_top=6))

plt.show()
