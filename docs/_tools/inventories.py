"""The names of other packages that our pages speak of, and where their pages are.

The site is built offline too, so these few stand here; online, Sphinx takes the whole
inventories from where they are published.
"""

import zlib

SKLEARN = "https://scikit-learn.org/stable/"
NAMES = {
    "sklearn": (
        SKLEARN,
        "modules/generated/$.html#$",
        """
        base.clone calibration.CalibratedClassifierCV calibration.CalibrationDisplay
        compose.ColumnTransformer compose.make_column_transformer
        ensemble.BaggingClassifier ensemble.HistGradientBoostingClassifier
        ensemble.StackingClassifier ensemble.VotingClassifier
        feature_extraction.text.HashingVectorizer
        feature_extraction.text.TfidfVectorizer
        inspection.permutation_importance linear_model.LogisticRegression
        linear_model.SGDClassifier metrics.average_precision_score
        metrics.log_loss model_selection.FixedThresholdClassifier
        model_selection.GridSearchCV model_selection.HalvingGridSearchCV
        model_selection.RandomizedSearchCV model_selection.TimeSeriesSplit
        model_selection.TunedThresholdClassifierCV
        model_selection.cross_val_predict model_selection.cross_val_score
        model_selection.cross_validate model_selection.train_test_split
        multioutput.ClassifierChain multioutput.MultiOutputClassifier
        neural_network.MLPClassifier pipeline.Pipeline pipeline.make_pipeline
        preprocessing.FunctionTransformer preprocessing.MaxAbsScaler
        preprocessing.OneHotEncoder preprocessing.StandardScaler
        impute.SimpleImputer
        """,
    ),
    "numpy": (
        "https://numpy.org/doc/stable/",
        "reference/generated/$.html#$",
        "load save",
    ),
    "pandas": (
        "https://pandas.pydata.org/docs/",
        "reference/api/$.html#$",
        "DataFrame",
    ),
    "dask": ("https://docs.dask.org/en/stable/", "generated/$.html#$", ""),
}


def mapping(directory):
    """What ``intersphinx_mapping`` takes; writes the inventories into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    found = {}
    for package, (address, place, names) in NAMES.items():
        path = directory / f"{package}.inv"
        full = [f"{package}.{name}" for name in names.split()]
        path.write_bytes(inventory(package, place, full))
        found[package] = (address, (None, str(path)))
    return found


def inventory(package, place, names):
    """An inventory in Sphinx's format."""
    kinds = {name: kind(name.rpartition(".")[2]) for name in names}
    lines = [f"{name} py:{kinds[name]} 1 {place} -\n" for name in names]
    head = (
        "# Sphinx inventory version 2\n"
        f"# Project: {package}\n"
        "# Version: stable\n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    return head.encode() + zlib.compress("".join(lines).encode())


def kind(name):
    """A class begins with a capital letter."""
    return "class" if name[0].isupper() else "function"


def foreign_names():
    """From the short name that pages use to the full one."""
    return {
        name.rpartition(".")[2]: f"{package}.{name}"
        for package, (_, _, names) in NAMES.items()
        for name in names.split()
    }
