"""
Nudges: what the negative gradient says in words
================================================

The negative gradient of the cost has one component for each weight and bias. The sign
says whether that parameter should go up or down, the size how much it matters: where a
nudge pays best. ``explain_gradient`` says it parameter by parameter, layer by layer and
pixel by pixel.
"""

# %%
# In words
# --------
# Six components, six sentences. What counts is the size relative to the largest.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, load_wine

from sklearn_gd import GradientDescentMLPClassifier, GradientDisplay, nudge_words

negative_gradient = [0.31, 0.03, -1.25, 0.78, -0.37, 0.16]
for component, words in zip(
    negative_gradient, nudge_words(negative_gradient), strict=True
):
    print(f"{component:+.2f}   {words}")

# %%
# One digit
# ---------
# A network after one epoch looks at a single digit. What should change, so that it
# reads this digit better?

X, y = load_digits(return_X_y=True)
X = X / 16
model = GradientDescentMLPClassifier(
    (16, 16), loss="squared_error", batch_size=32, max_iter=2, tol=None, random_state=0
)
model.fit(X, y)
costs = model.sample_costs(X, y)
one = [np.abs(costs - 1).argmin()]  # one that it is in two minds about
print(f"a {y[one[0]]}, read as {model.predict(X[one])[0]}\n")
print(model.explain_gradient(X[one], y[one], n_top=8))

# %%
# The lines above the table say how much there is to gain; words alone do not, for they
# are relative to the largest component. What the data ask for and what L2 asks for, to
# shrink every weight, stand side by side, and words and order are of the data.
#
# A digit that is read wrongly, and with certainty, has next to nothing to gain: the
# squared error is flat there. (That of ``loss="log_loss"`` is steep.)

worst = [costs.argmax()]
print(f"the most expensive digit costs {costs.max():.3f}")
print(model.explain_gradient(X[worst], y[worst]).caption)

# %%
# A single digit mainly wants its own output to rise: all it asks for is good for
# itself. The mean over all digits is a compromise that serves them all. In the picture,
# thin bars are what L2 asks for.

report = model.explain_gradient(X, y, n_top=15)
display = GradientDisplay.from_report(report)

# %%
# The tug of war
# --------------
# A column for each digit with what it asks, as its share in the mean; then their sum,
# and what all digits ask. The angles say how well each agrees with all: beyond 90° a
# step for this digit makes it worse for the others.

hard = np.argsort(np.abs(costs - 1))[:5]
print(model.explain_samples(X, y, hard, n_top=6))

# %%
# Layer by layer
# --------------
# The length of a layer's part of the gradient is what a short step gains, if only that
# layer moves. The squares add up to the whole.

for layer, norm in report.by_layer().items():
    print(f"{layer:>9}: {norm:.3f}")
display = GradientDisplay.from_report(report, kind="layers")

# %%
# Pixel by pixel
# --------------
# The same for the weights that leave each pixel: which pixels could the network make
# more of? The corners, where there never is ink, get nothing at all. A single digit
# asks for nudges where it has ink itself.

pictures = {f"one {digit}": np.flatnonzero(y == digit)[:1] for digit in (0, 1, 7)}
pictures["all digits"] = np.arange(len(X))
figure, axes = plt.subplots(2, 4, figsize=(10, 5), layout="constrained")
for (name, rows), (top, bottom) in zip(pictures.items(), axes.T, strict=True):
    norms = model.explain_gradient(X[rows], y[rows]).feature_norms
    top.imshow(X[rows].mean(axis=0).reshape(8, 8), cmap="gray_r")
    bottom.imshow(norms.reshape(8, 8), cmap="viridis")
    top.set_title(name)
    for ax in (top, bottom):
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("mean ink")
_ = axes[1, 0].set_ylabel("where a nudge pays")

# %%
# Features with names
# -------------------
# Where X had column names, the report uses them. (Scaled, so that the features can be
# compared.)

wine = load_wine(as_frame=True)
features = (wine.data - wine.data.mean()) / wine.data.std()
labels = wine.target_names[wine.target]
model = GradientDescentMLPClassifier(8, max_iter=2, tol=None, random_state=0)
report = model.fit(features, labels).explain_gradient(features, labels, n_top=6)
print(report, "\n")
for name, norm in list(report.by_feature().items())[:5]:
    print(f"{name:>30}: {norm:.3f}")

# %%
# In a notebook the report is a table; as a DataFrame it can be filtered and sorted.

report.to_frame()

# %%

plt.show()
