"""
What the first layer looks for
==============================

The weights of a neuron of the first layer form an image: ink on its blue pixels excites
the neuron, ink on the red ones inhibits it. `WeightsDisplay` draws them, and
`record_path` keeps earlier weights to compare with.
"""

# %%
# Before and after training
# -------------------------
# The first weights are random. One might hope that training makes strokes and loops of
# them. What it makes works, but looks almost random still: some smooth patches in the
# middle, where the ink is, and at the rim the noise of the start, for where there is no
# ink, nothing is learned. A neuron that answers nearly the same to every digit is dead,
# and crossed out.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier, WeightsDisplay, record_path

X, y = load_digits(return_X_y=True)
X /= 16

classifier = GradientDescentMLPClassifier(
    16, batch_size=32, learning_rate=0.1, max_iter=30, tol=None, random_state=0
)
with record_path(classifier) as path:
    classifier.fit(X, y)
print(f"{len(path)} records of {classifier.n_parameters_:,} parameters")

n_weights = classifier.coefs_[0].size
start = path[0][:n_weights].reshape(64, 16).T.reshape(16, 8, 8)
WeightsDisplay(start, title="First layer before training").plot()
display = WeightsDisplay.from_estimator(classifier, (8, 8), X=X, path=path)

# %%
# ``animate()`` shows how the one turns into the other.

animation = display.plot().animate()

# %%
# What an epoch changes
# ---------------------
# With ``before``, the change since an earlier time is drawn. The first epoch moves the
# weights much more than the last: mind the colour bars.

first_epoch = GradientDescentMLPClassifier(
    16, batch_size=32, learning_rate=0.1, max_iter=1, tol=None, random_state=0
).fit(X, y)
display = WeightsDisplay.from_estimator(first_epoch, (8, 8), before=path[0])
display.ax_.set_title("Change in the first epoch")
display = WeightsDisplay.from_estimator(classifier, (8, 8), before=path[-2])
_ = display.ax_.set_title("Change in the last epoch")

# %%
# What a single step changes
# --------------------------
# A step on one digit changes the weights by a multiple of that digit, for each neuron
# that it excites: the gradient of a weight is the pixel times what the neuron is to
# blame for. With relu, a neuron that is not excited does not change at all. Here it is
# the digit with the highest cost.

costly = classifier.sample_costs(X, y).argmax()
answer = classifier.predict(X[[costly]])[0]
before = classifier.parameters_
classifier.set_params(learning_rate=0.1, momentum=0.0, alpha=0.0)
classifier.partial_fit(X[[costly]], y[[costly]])
display = WeightsDisplay.from_estimator(classifier, (8, 8), before=before)
display.ax_.set_title(f"Change by one step on a {y[costly]} that was read as {answer}")

plt.show()
