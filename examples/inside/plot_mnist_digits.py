"""
Learn to read handwritten digits
================================

A network is a function: the brightness of every pixel goes in, ten activations come
out, and the highest is the digit. This script trains one, counts its parameters, tests
it on digits that it has not seen, and draws what it has learnt.

It runs on the 8 x 8 digits that come with scikit-learn. For the real MNIST digits,
28 x 28 pixels and 70,000 of them, ``examples/read_digits.py`` does the same from the
command line.
"""

# %%
# The digits
# ----------
# Pixels become numbers between 0 and 1. There are 1,297 digits to learn from; the other
# 500 are put aside.

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.utils import shuffle

from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay, WeightsDisplay

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
X = X / 16
X_train, y_train, X_test, y_test = X[:1297], y[:1297], X[1297:], y[1297:]

# %%
# Training
# --------
# Two hidden layers of 16 neurons. Each step looks at a small batch, and nudges all
# weights and biases a little in the direction in which the cost falls fastest. The
# steps grow shorter along a cosine. ``tol=None`` runs all epochs.

classifier = GradientDescentMLPClassifier(
    (16, 16),
    batch_size=32,
    learning_rate=0.1,
    learning_rate_schedule="cosine",
    max_iter=20,
    tol=None,
    random_state=0,
)
classifier.fit(X_train, y_train)
print(f"{classifier.n_parameters_:,} parameters")
cost = LossCurveDisplay.from_estimator(classifier, marker="o", markersize=4)
_ = cost.ax_.set_ylim(bottom=0)

# %%
# How good it is
# --------------
# A row for each digit, a column for each answer; what stands off the diagonal was read
# wrongly.

print(f"test accuracy {classifier.score(X_test, y_test):.3f}")
confusion = ConfusionMatrixDisplay.from_estimator(
    classifier, X_test, y_test, cmap="Blues", colorbar=False
)

# %%
# What the network thinks
# -----------------------
# Above, digits that it reads rightly; below, its first mistakes. Under each of them
# stand the two answers that it thinks most likely.

predicted = classifier.predict(X_test)
probabilities = classifier.predict_proba(X_test)
right = np.flatnonzero(predicted == y_test)[:6]
wrong = np.flatnonzero(predicted != y_test)[:6]
figure, axes = plt.subplots(2, 6, figsize=(9.5, 4.4), layout="constrained")
for row, ax in zip((*right, *wrong), axes.flat, strict=False):
    ax.imshow(X_test[row].reshape(8, 8), cmap="gray_r")
    first, second = np.argsort(probabilities[row])[:-3:-1]
    ax.set_title(f"a {y_test[row]}, read as {first}", fontsize=10)
    ax.set_xlabel(
        f"{probabilities[row, first]:.0%} a {first}\n"
        f"{probabilities[row, second]:.0%} a {second}",
        color="tab:blue" if first == y_test[row] else "tab:orange",
    )
    ax.set(xticks=[], yticks=[])
for ax in axes.flat[len(right) + len(wrong) :]:
    ax.set_axis_off()

# %%
# What the neurons look for
# -------------------------
# The weights of a neuron of the first layer form an image: ink on blue pixels excites
# the neuron, ink on red ones inhibits it. One might hope for strokes and loops; what it
# finds works, but looks almost random. Neurons that answer nearly the same to every
# digit are crossed out.

weights = WeightsDisplay.from_estimator(classifier, (8, 8), X=X_test)
plt.show()
