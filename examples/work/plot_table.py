"""
A data frame as it comes
========================

Numbers of any scale, categories, gaps: `tabular_classifier` takes a data frame as it
is. Here it is compared with the pipeline that one would write by hand, on the same
network and with trees, by what their probabilities are worth.
"""

# %%
# The table
# ---------
# Made up, so that the true probabilities are known: who renews a contract. The incomes
# of a quarter of the customers are missing.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, tabular_classifier

rng = np.random.default_rng(0)
n = 3000
X = pd.DataFrame(
    {
        "age": rng.integers(18, 90, n).astype(float),
        "income": np.exp(rng.normal(10, 1, n)),
        "months": rng.exponential(24, n),
        "plan": rng.choice(["basic", "family", "student"], n),
        "town": rng.choice(["Aachen", "Bern", "Cork", "Dijon", "Evora"], n),
    }
)
signal = np.log(X["income"]) - 10 + np.sin(X["age"] / 8) + (X["plan"] == "family")
chance = 1 / (1 + np.exp(-1.5 * signal))
y = np.where(rng.random(n) < chance, "renews", "leaves")
X.loc[rng.random(n) < 0.25, "income"] = np.nan
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(X_train.head(4))

# %%
# Three ways
# ----------
# By hand, every kind of column gets its own steps. Trees take numbers and gaps as they
# are, and are told which columns are categories.

by_hand = make_pipeline(
    make_column_transformer(
        (
            make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    ),
    GradientDescentMLPClassifier(random_state=0),
)
trees = HistGradientBoostingClassifier(random_state=0)
with_categories = {"plan": "category", "town": "category"}
ways = {
    "tabular_classifier()": (tabular_classifier(random_state=0), X_train, X_test),
    "by hand": (by_hand, X_train, X_test),
    "HistGradientBoosting": (
        trees,
        X_train.astype(with_categories),
        X_test.astype(with_categories),
    ),
}
print(f"\n{'':>20}  accuracy  log loss")
models = {}
for name, (model, train, test) in ways.items():
    models[name] = model.fit(train, y_train)
    loss = log_loss(y_test, model.predict_proba(test))
    print(f"{name:>20}  {model.score(test, y_test):8.3f}  {loss:8.3f}")
best = log_loss(y_test == "renews", chance[X_test.index])
print(f"{'the true chances':>20}            {best:8.3f} (with all incomes known)")

# %%
# What the probabilities are worth
# --------------------------------
# Of the customers who renew with a probability of 70 %, seven in ten should renew. The
# nearer to the dotted line, the better.

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
for name, (model, _, test) in ways.items():
    CalibrationDisplay.from_estimator(
        model, test, y_test, n_bins=8, strategy="quantile", name=name, ax=ax
    )
ax.set_title("Said, and come true")
plt.show()
