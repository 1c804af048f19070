"""
A digit goes through the network
================================

The whole picture on one page: pixels light up the first neurons, weights carry their
activations on, and the ten neurons at the end give the answer. `NetworkDisplay` draws
it, with the weights as edges, or with what the digit asks of them.
"""

# %%
# The start: everything random, and a large error
# ------------------------------------------------
# 64 pixels, two hidden layers of 16 neurons, 10 outputs: 1,482 weights and biases. They
# all start random here, so the answer is as random, and the error is large. (A learning
# rate of 0 lets the network see the data without learning anything.)

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier, NetworkDisplay

X, y = load_digits(return_X_y=True)
X = X / 16
network = GradientDescentMLPClassifier(
    (16, 16),
    activation="logistic",
    output_activation="logistic",
    loss="squared_error",
    learning_rate=0.0,
    momentum=0.0,
    batch_size=32,
    max_iter=1,
    tol=None,
    random_state=0,
)
network.fit(X, y)
start = np.random.default_rng(0).standard_normal(network.n_parameters_)
network.parameters_ = start

cost_at_start = network.sample_costs(X, y).mean()
print(f"{network.n_parameters_:,} random parameters: mean error {cost_at_start:.2f}")
print("(always answering 0 everywhere would cost 1)")
digit = {"row": 2, "image_shape": (8, 8)}
display = NetworkDisplay.from_estimator(network, X, y, **digit)
_ = display.figure_.suptitle("At the start")

# %%
# What this digit asks for
# ------------------------
# The same picture with the negative gradient as edges: blue should increase, orange
# should decrease, and the wider, the more it matters. The arrows beside the outputs say
# where each should go.

display.plot(kind="nudges")
display.figure_.suptitle("What a 2 asks of the network")
print(network.explain_gradient(X[[2]], y[[2]], n_top=6))

# %%
# After training
# --------------
# Repeating the step W ← W - η ∇C(W), with the gradients of small batches, brings the
# error down. Now the right neuron lights up, and there is less left to ask for.

network.set_params(init=start, learning_rate=0.5, max_iter=60).fit(X, y)
cost_at_end = network.sample_costs(X, y).mean()
print(f"mean error {cost_at_end:.2f}, {network.score(X, y):.0%} right")
display = NetworkDisplay.from_estimator(network, X, y, **digit)
display.figure_.suptitle("After 60 epochs")
display.plot(kind="nudges")
display.figure_.suptitle("What is left to ask for")
print(network.explain_gradient(X[[2]], y[[2]], n_top=3).caption)

plt.show()
