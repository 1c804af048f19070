"""
What each neuron makes of the plane
===================================

With two features, the function of a neuron can be drawn over the plane, and so can the
decision of the whole network. `NeuronsDisplay` shows how the one is built from the
other.
"""

# %%
# Two moons
# ---------
# A neuron of the first layer draws a soft straight line: red on one side, blue on the
# other. The second layer adds them up to bent ones, and the outputs add those up to the
# boundary between the moons.

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine, make_moons
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, NeuronsDisplay, record_path

X, y = make_moons(300, noise=0.2, random_state=0)
network = GradientDescentMLPClassifier(
    (8, 8),
    activation="tanh",
    batch_size=20,
    learning_rate=0.05,
    max_iter=100,
    tol=None,
    random_state=0,
)
with record_path(network) as path:
    network.fit(X, y)
display = NeuronsDisplay.from_estimator(network, X, y, path=path)
print(f"{network.score(X, y):.0%} of the points are on the right side")

# %%
# How it comes about
# ------------------
# At first the boundary is nearly straight; then the neurons turn and bend it.

animation = display.plot().animate(n_frames=25)

# %%
# Without hidden neurons
# ----------------------
# A network without a hidden layer has nothing to bend with.

linear = GradientDescentMLPClassifier((), max_iter=50, tol=None, random_state=0)
NeuronsDisplay.from_estimator(linear.fit(X, y), X, y)
print(f"{linear.score(X, y):.0%} with a straight line")

# %%
# A pipeline, and three classes
# -----------------------------
# The plane is that of the features before the pipeline, so the axes have their units.

wine = load_wine(as_frame=True)
two = wine.data[["alcohol", "flavanoids"]]
pipe = make_pipeline(
    StandardScaler(),
    GradientDescentMLPClassifier(8, max_iter=100, tol=None, random_state=0),
)
pipe.fit(two, wine.target_names[wine.target])
NeuronsDisplay.from_estimator(pipe, two, wine.target_names[wine.target])

plt.show()
