"""
Walk downhill: gradient descent on a function of two variables
==============================================================

A network has thousands of parameters, and nobody can see its cost as a landscape. A
function of two variables can be seen: it is a surface over the plane. This script walks
down on it with `gradient_descent`, which takes the very steps that train the network.
"""

# %%
# A landscape with several valleys
# --------------------------------
# A bowl with waves on it. The gradient is written down beside the function; without
# it, finite differences would do.

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd import DescentPathDisplay, gradient_descent


def landscape(x):
    """f(x) = |x|² / 10 + sin(1.5 x₁) + cos(1.5 x₂)."""
    return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])


def slope(x):
    """The gradient of the landscape: it points uphill."""
    waves = np.array([np.cos(1.5 * x[0]), -np.sin(1.5 * x[1])])
    return 0.2 * x + 1.5 * waves


limits = ((-4, 4), (-4, 4))

# %%
# One walk
# --------
# At every point the gradient says which way is up. A step goes the other way, and is
# the longer the steeper the ground: x ← x - η ∇f(x). On level ground it ends.

walk = gradient_descent(landscape, [1.4, 0.5], jac=slope, learning_rate=0.1)
print(walk.message)
print(f"from {walk.path[0]} to {walk.x.round(3)} in {walk.nit} steps")
display = DescentPathDisplay.from_result(walk, landscape, limits=limits, kind="surface")

# %%
# Other starts, other valleys
# ---------------------------
# The walk ends in the valley into which its start leads. It is a local minimum: all
# around it is higher, but another valley may be deeper. Four starts around one hilltop
# end in four valleys, two of them deeper than the others.

starts = [(1.4, 0.5), (1.4, -0.5), (0.5, 0.5), (0.5, -0.5)]
walks = [gradient_descent(landscape, start, jac=slope) for start in starts]
for start, walk in zip(starts, walks, strict=True):
    print(f"start {start!s:>12}   ends at {walk.x.round(2)!s:>15}   f = {walk.fun:.3f}")
display = DescentPathDisplay.from_result(
    walks, landscape, limits=limits, names=[f"from {start}" for start in starts]
)

# %%
# Too small, good and too large steps
# -----------------------------------
# With too small a learning rate, 40 steps do not reach the bottom. With too large a
# one, each step leaps over the valley, and the walk never comes to rest.

rates = {"too small": 0.005, "good": 0.2, "too large": 1.0}
figure, axes = plt.subplots(
    1, 3, figsize=(11, 4), layout="constrained", sharey=True, width_ratios=(1, 1, 1.2)
)
for ax, (name, rate) in zip(axes, rates.items(), strict=True):
    walk = gradient_descent(
        landscape, [1.4, 0.5], jac=slope, learning_rate=rate, max_iter=40
    )
    print(f"η = {rate}: {walk.message}")
    DescentPathDisplay.from_result(
        walk, landscape, limits=((0.5, 4), (0, 3.5)), ax=ax, colorbar=ax is axes[-1]
    )
    ax.set_title(f"η = {rate}, {name}: {walk.nit} steps")

# %%
# The height along the way tells the same.

figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for (name, rate), style in zip(rates.items(), ("-", "--", ":"), strict=True):
    walk = gradient_descent(
        landscape, [1.4, 0.5], jac=slope, learning_rate=rate, max_iter=40, tol=None
    )
    ax.plot(walk.fun_values, style, marker=".", label=f"η = {rate}, {name}")
ax.set(xlabel="Step", ylabel="f(x)", title="The height along the way")
_ = ax.legend()

# %%
# Far too large a step, and there is no way back: here every leap ends higher than the
# one before, until the numbers end. The walk stops and says so.

walk = gradient_descent(lambda x: x @ x, [1.0, 1.0], learning_rate=2.0)
print(walk.message)

# %%
# Momentum and other update rules
# -------------------------------
# Momentum goes on with a share of the last step. A step that is repeated grows to
# 1 / (1 - momentum) times its size: with momentum 0.8 a learning rate of 0.03 comes to
# steps of 0.15. In a narrow valley, momentum damps the steps across and adds up those
# along. The rules are the network's own: ``solver``, ``momentum`` and
# ``learning_rate_schedule`` mean the same in both.


def valley(x):
    """A long narrow valley, 25 times as steep across as along."""
    return 0.5 * (x[0] ** 2 + 25 * x[1] ** 2)


rules = {
    "plain, 0.07": {"learning_rate": 0.07},
    "momentum 0.8, 0.03": {"learning_rate": 0.03, "momentum": 0.8},
    "adam, 0.3": {"learning_rate": 0.3, "solver": "adam"},
}
walks = [gradient_descent(valley, [-4, 1], tol=1e-3, **rule) for rule in rules.values()]
for name, walk in zip(rules, walks, strict=True):
    print(f"{name:>18}: {walk.nit} steps")
display = DescentPathDisplay.from_result(
    walks, valley, names=list(rules), limits=((-4.5, 1.5), (-1.3, 1.3))
)

# %%
# Plain descent cannot take the same effective steps: 0.07 is nearly the largest rate
# that this valley allows (2 / 25 = 0.08), at 0.15 each step across the valley leads
# higher up on the other side. That is what momentum is good for, and not that it makes
# the same steps longer.

equal = gradient_descent(valley, [-4, 1], tol=1e-3, learning_rate=0.15)
print(f"plain, 0.15: {equal.message}")

# %%
# The walk as it goes
# -------------------
# ``animate()`` lets the ball walk. On a surface, parts of the path that a hill hides
# are dotted.

display = DescentPathDisplay.from_result(
    gradient_descent(landscape, [1.4, 0.5], jac=slope, learning_rate=0.1, max_iter=30),
    landscape,
    limits=limits,
    kind="surface",
)
animation = display.animate(n_frames=30)

plt.show()
