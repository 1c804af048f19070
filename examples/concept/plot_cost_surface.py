"""
The landscape that a network walks on
=====================================

The cost of a network is a function of all its parameters: a landscape in more than a
thousand dimensions. A picture has room for two, so it shows a slice: the real cost on a
plane through the space of parameters. `CostSurfaceDisplay` computes it.
"""

# %%
# The way that training took
# --------------------------
# `record_path` keeps the parameters while the network learns, here every fifth step.
# The plane is the one in which most of this path lies, by principal component analysis;
# the axes say how much of it. The ring is the start, the star the end. Lines stand at
# costs of 1, 0.5, 0.2, 0.1, ...: from one to the next, the cost comes down to about a
# half.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from sklearn_gd import (
    CostSurfaceDisplay,
    GradientDescentMLPClassifier,
    record_path,
)

X, y = load_digits(return_X_y=True)
X /= 16

classifier = GradientDescentMLPClassifier(
    (16, 16), loss="squared_error", max_iter=40, tol=None, random_state=0
)
with record_path(classifier, every=5) as path:
    classifier.fit(X, y)
print(f"{len(path)} points in {classifier.n_parameters_:,} dimensions")

display = CostSurfaceDisplay.from_estimator(classifier, X, y, path=path)
_ = display.ax_.set_title("The path of training on the plane it moves in most")

# %%
# The same in three dimensions. What is computed is kept, so that `plot` can draw it
# again. The height of the path is its real cost. It need not touch the surface, since
# it runs beside the plane: here a little above it at first, a little below it later.

display.plot(kind="surface")
_ = display.ax_.set_title("The same as a landscape")

# %%
# Around the minimum
# ------------------
# Without a path, the plane is that of two random directions through the network's
# parameters. Each direction has for every neuron the length of that neuron's weights
# (filter normalisation), so that different networks can be compared.

display = CostSurfaceDisplay.from_estimator(classifier, X, y, random_state=0)
display.ax_.set_title("Two random directions around the end")
display.plot(kind="surface")
_ = display.ax_.set_title("The same as a landscape")

# %%
# Two ends, and what lies between
# -------------------------------
# Directions can be given. Three networks that were started at random span a plane: one
# is the origin, the way to the second is the first axis, that to the third the second.
# Each has found a minimum of its own, with a ridge in between.

networks = [clone(classifier).set_params(random_state=seed) for seed in range(3)]
ends = [network.fit(X, y).parameters_ for network in networks]
directions = np.array([ends[1] - ends[0], ends[2] - ends[0]])
display = CostSurfaceDisplay.from_estimator(
    networks[0], X, y, directions=directions, limits=((-0.5, 1.5), (-0.5, 1.5))
)
display.ax_.scatter(*np.array([(0, 0), (1, 0), (0, 1)]).T, marker="*", s=200, c="white")
display.ax_.set_title("Three minima (stars) and the ridges between them")

plt.show()
