"""
Learn from a stream of text
===========================

Mails arrive a few at a time. Each is first classified and then learned from, so the
share of right answers so far, *progressive accuracy*, is an honest one. The words are
hashed to a million features; a step of `GradientDescentMLPClassifier` costs what the
words of the batch cost, not what a million features cost.
"""

# %%
# The mails
# ---------
# Two kinds of mail, made up here, which share most of their words. In the second half
# the offers hide: they drop five of their words, and take five from the mails of work.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from sklearn_gd import GradientDescentMLPClassifier

SHARED = "the a to of and in is you for on this that with be are we it".split()
WORK = "meeting report patch list thread kernel build merge review server".split()
OFFER = "free offer click winner credit cash cheap price guarantee order".split()
rng = np.random.default_rng(0)


def mail(telling, other):
    """Forty words: four in five are shared, and one in twenty may mislead."""
    pools = rng.choice(3, 40, p=(0.8, 0.15, 0.05))
    return " ".join(rng.choice((SHARED, telling, other)[pool]) for pool in pools)


kinds = rng.integers(0, 2, 4000)
late = np.arange(4000) >= 2000
texts = [
    mail(OFFER[:5] + WORK[:5] if kind and new else (WORK, OFFER)[kind], WORK + OFFER)
    for kind, new in zip(kinds, late, strict=True)
]
y = np.array(["work", "offer"])[kinds]
print(texts[0])

# %%
# From text to rows
# -----------------
# A hashed row is the same whatever came before it, so nothing has to be fitted. Rows of
# length 1 suit every model.

hasher = HashingVectorizer(n_features=2**20, alternate_sign=False, dtype=np.float32)
X = hasher.transform(texts)
print(f"{X.shape[0]:,} mails, {X.shape[1]:,} features, {X.nnz / X.shape[0]:.0f} a mail")

# %%
# The stream
# ----------
# Thirty-two mails arrive together. A linear model, `SGDClassifier`, runs beside.

models = {
    "network": GradientDescentMLPClassifier(
        32, solver="adam", learning_rate=0.01, random_state=0
    ),
    "SGDClassifier": SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0),
}
right = {name: [] for name in models}
for start in range(0, len(y), 32):
    rows = slice(start, start + 32)
    for name, model in models.items():
        if start:
            right[name].append(np.mean(model.predict(X[rows]) == y[rows]))
        model.partial_fit(X[rows], y[rows], classes=["offer", "work"])
for name, shares in right.items():
    before, after = np.mean(shares[30:62]), np.mean(shares[-32:])
    print(f"{name:>13}: {before:.1%} right before the change, {after:.1%} at the end")

# %%
# The share of right answers among the last 512 mails. Both models stumble where the
# words change, and find their way again.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, shares in right.items():
    last = np.convolve(shares, np.ones(16) / 16, mode="valid")
    ax.plot(512 + 32 * np.arange(len(last)), last, label=name)
ax.axvline(2000, color="0.6", linestyle=":", label="the offers change")
ax.set(xlabel="Mails", ylabel="Right, of the last 512", title="A stream of mails")
ax.legend(loc="lower right")
plt.show()
