"""What needs no browser: size, refusals, words, and modules that fit together."""

import re
from importlib.resources import files

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, NetworkPage
from sklearn_gd.core.activations import Tanh
from sklearn_gd.inspection.pages import descent, network
from sklearn_gd.inspection.pages.encoding import matrix
from sklearn_gd.inspection.pages.page import as_one_module, words

STATIC = files("sklearn_gd.inspection.pages") / "static"
MODULES = {"network": network.MODULES, "descent": descent.MODULES}
WORDS = words()


class OwnTanh(Tanh):
    """An activation that is not registered."""


def fitted(n_features=4, hidden=(3,), **settings):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, n_features)), np.arange(30) % 3
    model = GradientDescentMLPClassifier(hidden, max_iter=1, tol=None, **settings)
    return model.fit(X, y), X, y


def as_mnist(n_rows):
    """Rows of the shape of MNIST with every grey that it has."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n_rows, 784)) / 255, np.arange(n_rows) % 10


# Size


def test_two_hundred_digits_of_mnist_stay_under_400_kilobytes():
    X, y = as_mnist(200)
    model = GradientDescentMLPClassifier((16, 16), max_iter=1, tol=None).fit(X, y)
    assert model.n_parameters_ == 13_002
    page = NetworkPage.from_estimator(model, X, y, image_shape=(28, 28))
    assert len(page.html.encode()) < 400_000


def test_few_values_are_stored_exactly_as_bytes():
    values = np.array([[0.1, 1 / 3], [1 / 3, 7.0]])
    encoded = matrix(values)
    assert encoded["palette"] == [0.1, 1 / 3, 7.0]
    assert len(encoded["text"]) == 8  # four bytes


# What is refused


def test_a_network_that_is_too_large_is_refused_in_words():
    model, X, y = fitted(n_features=5_000, hidden=(120,))
    with pytest.raises(ValueError, match=r"600,\d+ parameters; .* at most 500,000"):
        NetworkPage.from_estimator(model, X, y)


def test_too_many_rows_are_refused_in_words():
    model, X, y = fitted()
    X, y = np.tile(X, (20_000, 1)), np.tile(y, 20_000)
    with pytest.raises(ValueError, match=r"600,000 rows of 4 values.*fewer rows"):
        NetworkPage.from_estimator(model, X, y)


def test_an_activation_of_ones_own_is_refused():
    model, X, y = fitted(activation=OwnTanh())
    with pytest.raises(TypeError, match=r"OwnTanh\(\) is not registered.*'relu'"):
        NetworkPage.from_estimator(model, X, y)


@pytest.mark.parametrize("shape", [(2, 3), (4,), 4, (2.0, 2), (-2, -2), (1, 2, 2)])
def test_a_shape_that_is_none_of_a_row_is_refused(shape):
    model, X, y = fitted()
    with pytest.raises(ValueError, match=r"image_shape=.*number of features, 4"):
        NetworkPage.from_estimator(model, X, y, image_shape=shape)


def test_a_language_that_is_not_spoken_is_refused():
    model, X, y = fitted()
    with pytest.raises(ValueError, match=r"language='fr'.*\['en', 'zh'\]"):
        NetworkPage.from_estimator(model, X, y, language="fr")


def test_what_is_not_fitted_is_refused():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(NotFittedError):
        NetworkPage.from_estimator(GradientDescentMLPClassifier(), X, y)


def test_a_pipeline_shows_the_network_with_what_reaches_it():
    X, y = load_iris(return_X_y=True, as_frame=True)
    network = GradientDescentMLPClassifier((3,), max_iter=2, tol=None, random_state=0)
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, network).fit(X, y)
    page = NetworkPage.from_estimator(pipeline, X, y)
    inner = NetworkPage.from_estimator(pipeline[-1], scaler.transform(X), y)
    assert page.html == inner.html
    assert '"features":["sepal length (cm)",' in page.html


def test_names_of_features_can_be_given():
    page = NetworkPage.from_estimator(*fitted(), feature_names=["a", "b", "c", "d"])
    assert '"features":["a","b","c","d"]' in page.html


def test_the_model_stays_as_it_is():
    model, X, y = fitted()
    before = model.parameters_
    NetworkPage.from_estimator(model, X, y)
    np.testing.assert_array_equal(model.parameters_, before)


# What it is made of


def test_labels_cannot_break_out(open_page):
    _, X, y = fitted()
    labels = np.array(["</script><b>", "{{script}}", "<!--"])[y]
    model = GradientDescentMLPClassifier((2,), max_iter=1, tol=None).fit(X, labels)
    page = NetworkPage.from_estimator(model, X, labels)
    assert "</script><b>" not in page.html
    names = open_page(page).locator("#outputs .name").all_inner_texts()
    assert names == ["<!--", "</script><b>", "{{script}}"]


def test_save_writes_the_page_and_returns_its_path(tmp_path):
    page = NetworkPage.from_estimator(*fitted())
    path = page.save(str(tmp_path / "network.html"))
    assert path.read_text(encoding="utf-8") == page.html
    assert repr(page).startswith("<NetworkPage of ")


def test_the_page_names_no_address_but_that_of_svg():
    page = NetworkPage.from_estimator(*fitted())
    assert set(re.findall(r"https?://[^\s\"']+", page.html)) == {
        "http://www.w3.org/2000/svg"
    }
    assert "default-src 'none'" in page.html


@pytest.mark.parametrize("name", MODULES)
def test_modules_come_after_what_they_import_and_share_no_name(name):
    declared, seen = [], []
    for module in MODULES[name]:
        text = (STATIC / module).read_text(encoding="utf-8")
        needed = re.findall(r'^import [^;]* from "\./([\w.]+)";', text, re.MULTILINE)
        assert set(needed) <= set(seen), module
        seen.append(module)
        pattern = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
        declared += re.findall(pattern, text, re.MULTILINE)
    assert len(declared) == len(set(declared)), sorted(declared)
    whole = as_one_module(*MODULES[name])
    assert not re.search(r"^(import|export)\b", whole, re.MULTILINE)


@pytest.mark.parametrize("key", WORDS)
def test_words_are_there_in_both_languages(key):
    entry = WORDS[key]
    assert set(entry) == {"en", "zh"} and all(entry.values())
    holes = [sorted(re.findall(r"\{\w+\}", entry[language])) for language in entry]
    assert holes[0] == holes[1]


def test_every_word_is_said_somewhere():
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in STATIC.iterdir()
        if path.name.endswith((".js", ".html"))
    )
    named = set(re.findall(r'data-(?:word|label)="(\w+)"', sources))
    assert named <= set(WORDS)
    quoted = set(re.findall(r'"(\w+)"', sources))
    built = {f"{mode}{end}" for mode in ("weights", "nudges") for end in ENDS}
    built |= {"size0", "size1", "size2"}
    built |= set(re.findall(r"^  (\w+)(?:: )?\(", sources, re.MULTILINE))  # rules
    assert set(WORDS) <= quoted | built


ENDS = ("Plus", "Minus", "Width")
