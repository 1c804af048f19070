"""What the estimator tells of its cost and gradient, against slow and plain oracles."""

import copy
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import NotFittedError

from sklearn_gd import GradientDescentMLPClassifier, GradientReport, nudge_words
from sklearn_gd.core.objective import MAX_ROWS

# The six components of the picture, and what is said of each of them.
VECTOR = (0.31, 0.03, -1.25, 0.78, -0.37, 0.16)
SENTENCES = [
    "should increase somewhat",
    "should increase a little",
    "should decrease a lot",
    "should increase a lot",
    "should decrease somewhat",
    "should increase a little",
]


def small(X, y, **settings):
    """A network after two epochs, which still has a slope."""
    settings = {
        "hidden_layer_sizes": (5, 4),
        "activation": "tanh",
        "max_iter": 2,
        "tol": None,
        "alpha": 0.03,
        "learning_rate": 0.2,
        "average": False,
        "loss": "squared_error",
        "random_state": 0,
        **settings,
    }
    return GradientDescentMLPClassifier(**settings).fit(X, y)


@pytest.fixture(scope="module")
def multilabel():
    X, Y = make_multilabel_classification(
        60, n_features=7, n_classes=3, n_labels=2, random_state=0
    )
    return X / X.max(), Y


KINDS = ("wine", "cancer", "multilabel")


@pytest.fixture(params=KINDS)
def problem(request):
    X, y = request.getfixturevalue(request.param)
    return X[:120], y[:120]


def central_differences(function, theta, width=1e-5):
    gradient = np.empty_like(theta)
    for i in range(len(theta)):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[i] += sign * width
            ends.append(function(moved))
        gradient[i] = (ends[0] - ends[1]) / (2 * width)
    return gradient


# Cost


def test_sample_costs_are_squared_distances_to_the_wanted_activations(digits):
    X, y = digits
    model = small(X, y)
    wanted = np.eye(10)[y]
    expected = ((model.predict_proba(X) - wanted) ** 2).sum(axis=1)
    np.testing.assert_allclose(model.sample_costs(X, y), expected, rtol=1e-9)


def test_sample_costs_of_two_classes_count_both_of_them(cancer):
    X, y = cancer
    model = small(X, y)
    expected = ((model.predict_proba(X) - np.eye(2)[y]) ** 2).sum(axis=1)
    np.testing.assert_allclose(model.sample_costs(X, y), expected, rtol=1e-9)


def test_sample_costs_of_log_loss_are_surprises(digits):
    X, y = digits
    model = small(X, y, loss="log_loss")
    expected = -model.predict_log_proba(X)[np.arange(len(y)), y]
    np.testing.assert_allclose(model.sample_costs(X, y), expected, rtol=1e-7)


def test_cost_is_the_weighted_mean_plus_l2(problem, rng):
    X, y = problem
    model = small(X, y)
    weights = rng.uniform(0, 3, len(X))
    penalty = 0.5 * model.alpha * sum((W**2).sum() for W in model.coefs_)
    costs = model.sample_costs(X, y)
    assert model.cost(X, y) == pytest.approx(costs.mean() + penalty, rel=1e-12)
    expected = (weights * costs).sum() / weights.sum() + penalty
    assert model.cost(X, y, weights) == pytest.approx(expected, rel=1e-12)
    assert isinstance(model.cost(X, y), float)


def test_cost_is_what_training_minimises(digits):
    """A step on all data notes the cost before it; so the curve lags by one epoch."""
    X, y = digits
    settings = {
        "solver": "sgd",
        "batch_size": "full",
        "learning_rate": 0.05,
        "random_state": 0,
        "alpha": 0.01,
        "average": False,
        "tol": None,
    }
    weights = np.random.default_rng(0).uniform(0, 2, len(X))
    longer = GradientDescentMLPClassifier((6,), max_iter=4, **settings)
    longer.fit(X, y, weights)
    shorter = GradientDescentMLPClassifier((6,), max_iter=3, **settings)
    shorter.fit(X, y, weights)
    assert shorter.cost(X, y, weights) == pytest.approx(longer.loss_curve_[3], rel=1e-9)


def test_a_step_of_training_is_learning_rate_times_gradient(wine):
    X, y = wine
    model = small(X, y, batch_size="full", momentum=0.0, learning_rate=0.07)
    before, gradient = model.parameters_, model.cost_gradient(X, y)
    model.partial_fit(X, y)
    step = model.parameters_ - before
    np.testing.assert_allclose(step, -0.07 * gradient, rtol=1e-9, atol=1e-15)


def test_a_weight_of_two_is_a_sample_twice(problem):
    X, y = problem
    model = small(X, y)
    weights = np.ones(len(X))
    weights[:20] = 2
    twice = np.vstack([X, X[:20]]), np.concatenate([y, y[:20]])
    assert model.cost(X, y, weights) == pytest.approx(model.cost(*twice), rel=1e-12)
    np.testing.assert_allclose(
        model.cost_gradient(X, y, weights), model.cost_gradient(*twice), atol=1e-14
    )


def test_only_the_ratio_of_weights_matters(wine, rng):
    X, y = wine
    model, weights = small(X, y), rng.uniform(0, 1, 178)
    assert model.cost(X, y, 7 * weights) == pytest.approx(model.cost(X, y, weights))
    np.testing.assert_allclose(
        model.cost_gradient(X, y, 7 * weights),
        model.cost_gradient(X, y, weights),
        rtol=1e-9,
        atol=1e-15,
    )


def test_class_weight_is_not_in_the_cost(wine):
    X, y = wine
    model = small(X, y)
    plain = model.cost(X, y), model.cost_gradient(X, y)
    model.set_params(class_weight={0: 5.0})
    assert model.cost(X, y) == plain[0]
    np.testing.assert_array_equal(model.cost_gradient(X, y), plain[1])


# Gradient


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_equals_central_differences(problem, loss, weighted, rng):
    X, y = problem
    model = small(X, y, loss=loss, dropout=0.3)
    weights = rng.uniform(0, 3, len(X)) if weighted else None
    gradient = model.cost_gradient(X, y, weights)
    theta = model.parameters_
    other = copy.deepcopy(model)

    def cost(values):
        other.parameters_ = values
        return other.cost(X, y, weights)

    assert gradient.shape == theta.shape == (model.n_parameters_,)
    np.testing.assert_allclose(gradient, central_differences(cost, theta), atol=1e-6)


def test_the_network_of_the_picture_has_13002_components(rng):
    X, y = rng.random((20, 784)), np.arange(20) % 10
    model = small(X, y, hidden_layer_sizes=(16, 16), max_iter=1)
    assert model.cost_gradient(X, y).shape == (13_002,)
    assert len(model.explain_gradient(X, y, n_top=None)) == 13_002


def test_the_gradient_of_all_is_the_mean_of_all_gradients(wine):
    X, y = wine
    model = small(X, y)
    each = [model.cost_gradient(X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
    np.testing.assert_allclose(np.mean(each, axis=0), model.cost_gradient(X, y))


@pytest.mark.parametrize("method", ["cost", "sample_costs", "cost_gradient"])
def test_many_rows_go_block_by_block(method, wine):
    X, y = wine
    model = small(X, y)
    copies = 2 * MAX_ROWS // len(X) + 1
    many = getattr(model, method)(np.tile(X, (copies, 1)), np.tile(y, copies))
    once = getattr(model, method)(X, y)
    once = np.tile(once, copies) if method == "sample_costs" else once
    np.testing.assert_allclose(many, once, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("method", ["cost", "sample_costs", "cost_gradient"])
@pytest.mark.parametrize("trained_on", [np.float32, np.float64])
@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        sp.csr_array,
        sp.csr_matrix,
        sp.csc_array,
        lambda X: X.astype(np.float32),
        lambda X: X.astype(np.uint8),
        lambda X: X.astype(np.int64),
        lambda X: X.tolist(),
        np.asfortranarray,
    ],
    ids=["f8", "csr", "csr_m", "csc", "f4", "u1", "i8", "list", "F"],
)
def test_all_forms_of_data_give_the_same(method, trained_on, form):
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, y = X[:100], y[:100]  # whole numbers, so that every form holds the same
    model = small(X.astype(trained_on), y, learning_rate=1e-3)
    expected = getattr(model, method)(X.astype(trained_on), y)
    result = getattr(model, method)(form(X), y)
    tolerance = 1e-5 if trained_on is np.float32 else 1e-10
    np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)
    assert np.asarray(expected).dtype == (float if method == "cost" else trained_on)


def test_labels_may_be_strings_and_a_part_of_the_classes(wine):
    X, y = wine
    names = np.array(["red", "rosé", "white"])[y]
    numbers, strings = small(X, y), small(X, names)
    np.testing.assert_array_equal(
        strings.cost_gradient(X[:9], names[:9]), numbers.cost_gradient(X[:9], y[:9])
    )


@pytest.mark.parametrize(
    "look",
    [
        lambda m, X, y: m.cost(X, y),
        lambda m, X, y: m.sample_costs(X, y),
        lambda m, X, y: m.cost_gradient(X, y),
        lambda m, X, y: str(m.explain_gradient(X, y).by_feature()),
    ],
)
def test_looking_changes_nothing(look, wine):
    """Neither the parameters nor the way on: training goes on as if nothing was."""
    X, y = wine
    models = [small(X, y, dropout=0.2, momentum=0.9) for _ in range(2)]
    before = models[0].parameters_
    look(models[0], X, y)
    np.testing.assert_array_equal(models[0].parameters_, before)
    for model in models:
        model.partial_fit(X, y)
    np.testing.assert_array_equal(models[0].parameters_, models[1].parameters_)


METHODS = ("cost", "sample_costs", "cost_gradient", "explain_gradient")


@pytest.mark.parametrize("method", METHODS)
def test_wrong_data_is_refused(method, wine):
    X, y = wine
    with pytest.raises(NotFittedError):
        getattr(GradientDescentMLPClassifier(), method)(X, y)
    look = getattr(small(X, y), method)
    with pytest.raises(ValueError, match="features"):
        look(X[:, :5], y)
    with pytest.raises(ValueError, match="inconsistent"):
        look(X, y[:5])
    with pytest.raises(ValueError, match="among the classes"):
        look(X, y + 1)
    with pytest.raises(ValueError, match="NaN"):
        look(np.where(X > 1, np.nan, X), y)


@pytest.mark.parametrize("method", ["cost", "cost_gradient", "explain_gradient"])
def test_wrong_weights_are_refused(method, wine):
    X, y = wine
    look = getattr(small(X, y), method)
    with pytest.raises(ValueError, match="zero for every row"):
        look(X, y, sample_weight=np.zeros(178))
    with pytest.raises(ValueError, match="negative"):
        look(X, y, sample_weight=-np.ones(178))
    with pytest.raises(ValueError, match="shape"):
        look(X, y, sample_weight=np.ones(3))


# Words


def test_the_vector_of_the_picture_reads_as_it_should():
    assert nudge_words(VECTOR) == SENTENCES


@pytest.mark.parametrize("factor", [1e-30, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_words_do_not_depend_on_the_scale(factor, dtype):
    assert nudge_words(np.array(VECTOR, dtype) * dtype(factor)) == SENTENCES


def test_limits_belong_to_the_stronger_word():
    below = np.nextafter([0.2, 0.5], 0)
    assert nudge_words([1, 0.2, 0.5, *below, -1]) == [
        "should increase a lot",
        "should increase somewhat",
        "should increase a lot",
        "should increase a little",
        "should increase somewhat",
        "should decrease a lot",
    ]


def test_zero_stays_as_it_is():
    assert nudge_words([0.0, -0.0]) == ["should stay as it is"] * 2
    assert nudge_words([0, 3])[0] == "should stay as it is"
    assert nudge_words([]) == []


@pytest.mark.parametrize("wrong", [[[1.0]], 1.0, ["a"], [1j], [1.0, np.nan], [np.inf]])
def test_words_for_something_else_are_refused(wrong):
    with pytest.raises(ValueError, match="negative_gradient"):
        nudge_words(wrong)


# Report


@pytest.fixture
def model(wine):
    return small(*wine)


def learned(X, y):
    """A network that is content with most of its data."""
    return small(
        X, y, hidden_layer_sizes=16, activation="relu", max_iter=60, alpha=2e-4
    )


def of_the_data(model, X, y, sample_weight=None):
    """The gradient without L2."""
    return copy.deepcopy(model).set_params(alpha=0.0).cost_gradient(X, y, sample_weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_data_and_l2_add_up_to_the_negative_gradient(problem, weighted, rng):
    X, y = problem
    weights = rng.uniform(0, 3, len(X)) if weighted else None
    model = small(X, y)
    report = model.explain_gradient(X, y, sample_weight=weights)
    gradient = model.cost_gradient(X, y, weights)
    np.testing.assert_allclose(
        report.data_part + report.penalty_part, -gradient, rtol=1e-12, atol=1e-15
    )
    np.testing.assert_array_equal(report.data_part, -of_the_data(model, X, y, weights))
    weights_of, biases_of = model._model.network.views(report.penalty_part)
    for part, W in zip(weights_of, model.coefs_, strict=True):
        np.testing.assert_allclose(part, -model.alpha * W)
    assert not any(part.any() for part in biases_of)


def test_l2_does_not_drown_what_the_data_ask(digits):
    """Where the data are nearly content, weight decay is the larger part by far."""
    X, y = digits
    model = learned(X, y)
    row = [model.sample_costs(X, y).argmin()]
    report = model.explain_gradient(X[row], y[row])
    sizes = np.abs(of_the_data(model, X[row], y[row]))
    assert np.abs(report.penalty_part).max() > sizes.max() > 0
    np.testing.assert_array_equal(sizes[report.order], np.sort(sizes)[:-11:-1])
    assert report[0].words.endswith("a lot")


def test_the_caption_tells_what_a_step_gains(model, wine):
    X, y = wine
    report = model.explain_gradient(X, y)
    step, before, after = report.gain
    assert before == pytest.approx(model.sample_costs(X, y).mean()) and step == 0.1
    model.parameters_ -= 0.1 * of_the_data(model, X, y)
    assert after == pytest.approx(model.sample_costs(X, y).mean())
    sentence = f"a step of 0.1 lowers the cost from {before:.3f} to {after:.3f}."
    assert report.caption.endswith(sentence)
    assert report.caption in str(report) and report.caption in report._repr_html_()


def test_the_caption_says_where_there_is_nothing_to_gain(digits):
    X, y = digits
    model = learned(X, y)
    row = [model.sample_costs(X, y).argmin()]
    report = model.explain_gradient(X[row], y[row])
    assert report.gain.before - report.gain.after < 1e-3
    assert report.caption.startswith("There is next to nothing to gain")


def test_a_step_that_leads_up_again_is_not_told_as_a_gain(digits):
    X, y = digits
    model = small(X, y, hidden_layer_sizes=(), loss="log_loss")
    report = model.explain_gradient(1e3 * X, y)
    assert report.gain.step < 0.1
    assert report.gain.after < report.gain.before


def test_a_network_that_is_sure_and_right_has_nothing_to_gain(digits):
    X, y = digits
    model = small(X, y, hidden_layer_sizes=())
    biases = np.where(model.classes_ == y[0], 1000, -1000)
    model.parameters_ = np.append(np.zeros(model.coefs_[0].size), biases)
    report = model.explain_gradient(X[:1], y[:1])
    assert report.gain == (0, 0, 0)
    assert report.caption.startswith("There is nothing to gain")
    assert report[0].words == "should stay as it is"


def test_features_can_be_given_names(model, wine):
    names = [f"f{i}" for i in range(13)]
    report = model.explain_gradient(*wine, feature_names=names)
    assert set(report.by_feature()) == set(names)
    with pytest.raises(ValueError, match="2 names for 13 features"):
        model.explain_gradient(*wine, feature_names=["a", "b"])


def test_the_report_speaks_chinese(model, wine):
    report = model.explain_gradient(*wine, n_top=None, language="zh")
    assert report[0].words in {"应大幅增大", "应大幅减小"}
    assert list(report.by_layer()) == ["隐藏层 1", "隐藏层 2", "输出层"]
    phrases = "".join(str(report).split())
    assert not {"should", "weight", "bias", "hidden", "cost"} & set(phrases.split())
    english = model.explain_gradient(*wine, n_top=None)
    assert [nudge.index for nudge in report] == [nudge.index for nudge in english]
    with pytest.raises(ValueError, match=r"language='fr' is unknown.*'en', 'zh'"):
        model.explain_gradient(*wine, language="fr")


@pytest.mark.parametrize("part", ["data", "penalty", "sum"])
def test_each_part_can_be_added_up(model, wine, part):
    report = model.explain_gradient(*wine)
    vector = {
        "data": report.data_part,
        "penalty": report.penalty_part,
        "sum": -model.cost_gradient(*wine),
    }[part]
    norms = report.by_layer(part).values()
    assert sum(n**2 for n in norms) == pytest.approx(vector @ vector)
    first = vector[: 13 * 5]
    norms = report.by_feature(part).values()
    assert sum(n**2 for n in norms) == pytest.approx(first @ first)
    with pytest.raises(ValueError, match=r"part='l2' is unknown.*'penalty'"):
        report.by_layer("l2")


def test_norms_of_many_features_print_in_one_line(digits):
    X, y = digits
    norms = small(X, y).explain_gradient(X, y).by_feature()
    assert len(norms) == 64
    assert repr(norms).endswith(", ... 58 more}") and len(repr(norms)) < 200
    assert "more" not in repr(small(X, y).explain_gradient(X, y).by_layer())


def test_report_holds_the_negative_gradient_largest_first(model, wine):
    report = model.explain_gradient(*wine, n_top=7)
    gradient = of_the_data(model, *wine)
    np.testing.assert_array_equal(report.data_part, -gradient)
    assert isinstance(report, GradientReport) and len(report) == 7
    sizes = [abs(nudge.component) for nudge in report]
    assert sizes == sorted(np.abs(gradient), reverse=True)[:7]
    for nudge in report:
        assert nudge.component == -gradient[nudge.index]
        is_weight = nudge.kind == "weight"
        assert nudge.penalty == pytest.approx(-model.alpha * nudge.value * is_weight)
        assert nudge.value == model.parameters_[nudge.index]
        way = "increase" if nudge.component > 0 else "decrease"
        assert nudge.words.startswith(f"should {way}")
    assert "a lot" in report[0].words


def test_words_of_a_part_are_those_of_the_whole(model, wine):
    report = model.explain_gradient(*wine, n_top=60)
    words = nudge_words(-of_the_data(model, *wine))
    assert [nudge.words for nudge in report] == [words[i] for i in report.order]


def test_every_parameter_has_the_place_of_its_value(model, wine):
    """Names are checked against the matrices that they point into."""
    labels = [str(c) for c in model.classes_]
    for nudge in model.explain_gradient(*wine, n_top=None):
        layer = {"hidden 1": 0, "hidden 2": 1, "output": 2}[nudge.layer]
        to = nudge.target.rpartition(" ")
        assert to[0] == ("output" if layer == 2 else f"{nudge.layer} neuron")
        j = labels.index(to[2]) if layer == 2 else int(to[2])
        if nudge.kind == "bias":
            assert nudge.source == ""
            assert nudge.value == model.intercepts_[layer][j]
        else:
            i = int(nudge.source.rpartition(" ")[2].removeprefix("x"))
            assert nudge.source.startswith(["x", "hidden 1", "hidden 2"][layer])
            assert nudge.value == model.coefs_[layer][i, j]


def test_n_top(model, wine):
    assert len(model.explain_gradient(*wine)) == 10
    assert len(model.explain_gradient(*wine, n_top=None)) == model.n_parameters_
    assert len(model.explain_gradient(*wine, n_top=10**9)) == model.n_parameters_
    assert len(model.explain_gradient(*wine, n_top=0)) == 0
    for wrong in (-1, 2.5, "all"):
        with pytest.raises(ValueError, match="n_top"):
            model.explain_gradient(*wine, n_top=wrong)


def test_features_have_their_names():
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"<b>age</b>": [0.1, 0.9, 0.3, 0.6], "height": [1.0, 0.2, 0.5, 0]})
    y = ["no", "yes", "no", "yes"]
    report = small(X, y, hidden_layer_sizes=()).explain_gradient(X, y, n_top=None)
    names = {nudge.name for nudge in report}
    assert names == {
        "weight from <b>age</b> to output yes",
        "weight from height to output yes",
        "bias of output yes",
    }
    assert set(report.by_feature()) == {"<b>age</b>", "height"}
    html = report._repr_html_()
    assert "&lt;b&gt;age&lt;/b&gt;" in html and "<b>" not in html


def test_report_of_many_labels_names_their_columns(multilabel):
    X, y = multilabel
    report = small(X, y).explain_gradient(X, y, n_top=None)
    outputs = {nudge.target for nudge in report if nudge.layer == "output"}
    assert outputs == {"output 0", "output 1", "output 2"}


def test_the_table_is_aligned(model, wine):
    lines = str(model.explain_gradient(*wine, n_top=8)).splitlines()
    assert f"{model.n_parameters_}" in lines[0]
    header, rows = lines[3], lines[4:]
    assert len(rows) == 8
    assert {row.index("should") for row in rows} == {header.index("for the data it")}
    start = header.index("parameter")
    assert all(row[start - 1] == " " != row[start] for row in rows)
    assert repr(model.explain_gradient(*wine, n_top=8)).splitlines() == lines


def test_a_long_table_is_cut(model, wine):
    report = model.explain_gradient(*wine, n_top=None)
    lines = str(report).splitlines()
    assert len(lines) < 60 and f"{len(report) - 50} more" in lines[-1]
    assert report._repr_html_().count("<tr>") == 51


def test_frame(model, wine):
    pytest.importorskip("pandas")
    report = model.explain_gradient(*wine, n_top=12)
    frame = report.to_frame()
    assert list(frame["index"]) == report.order.tolist()
    assert list(frame["words"]) == [nudge.words for nudge in report]
    assert list(frame["component"]) == [nudge.component for nudge in report]
    assert list(frame["penalty"]) == [nudge.penalty for nudge in report]
    assert list(frame["from"]) == [nudge.source for nudge in report]
    assert {"layer", "kind", "from", "to", "name", "value"} < set(frame.columns)


def test_frame_without_pandas_says_what_is_missing(model, wine, monkeypatch):
    report = model.explain_gradient(*wine)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        report.to_frame()


def test_layers_share_the_squared_length(model, wine):
    report = model.explain_gradient(*wine, n_top=3)
    norms = report.by_layer()
    gradient = of_the_data(model, *wine)
    assert list(norms) == ["hidden 1", "hidden 2", "output"]
    assert sum(n**2 for n in norms.values()) == pytest.approx(gradient @ gradient)
    weights, biases = model._model.network.views(gradient)
    expected = np.hypot(np.linalg.norm(weights[1]), np.linalg.norm(biases[1]))
    assert norms["hidden 2"] == pytest.approx(expected)


def test_the_norm_is_what_a_short_step_gains(model, wine):
    """Only one layer moves, a step of length ε: the cost falls by ε times its norm."""
    X, y = wine
    report, before, theta = model.explain_gradient(X, y), model.cost(X, y), {}
    masks = {n: np.zeros(model.n_parameters_, bool) for n in report.by_layer()}
    for nudge in model.explain_gradient(X, y, n_top=None):
        masks[nudge.layer][nudge.index] = True
    theta, length = model.parameters_, 1e-5
    for layer, norm in report.by_layer("sum").items():
        direction = np.where(masks[layer], report.negative_gradient, 0.0)
        model.parameters_ = theta + length * direction / np.linalg.norm(direction)
        assert before - model.cost(X, y) == pytest.approx(length * norm, rel=1e-2)


def test_features_by_the_length_of_their_weights_gradient(model, wine):
    X, y = wine
    report = model.explain_gradient(X, y)
    weights, _ = model._model.network.views(of_the_data(model, X, y))
    expected = np.sqrt((weights[0] ** 2).sum(axis=1))
    np.testing.assert_allclose(report.feature_norms, expected)
    norms = report.by_feature()
    assert list(norms.values()) == sorted(expected.tolist(), reverse=True)
    assert norms["x4"] == pytest.approx(expected[4])


def test_a_feature_that_is_always_zero_needs_no_nudge(digits):
    X, y = digits
    report = small(X, y).explain_gradient(X, y)
    assert report.by_feature()["x0"] == 0.0  # the corner pixel is never inked
    assert report.by_feature("penalty")["x0"] > 0
    assert report.by_feature()["x28"] > 0


def test_one_sample_is_enough(model, wine):
    X, y = wine
    report = model.explain_gradient(X[:1], y[:1], n_top=1)
    np.testing.assert_allclose(
        report.negative_gradient, -model.cost_gradient(X[:1], y[:1]), rtol=1e-12
    )
    assert len(report[:]) == 1 and report[-1] == report[0]
    assert str(report[0]) == f"{report[0].name} {report[0].words}"


def test_a_gradient_that_overflows_is_told(wine):
    X, y = wine
    model = small(X, y, hidden_layer_sizes=3, activation="identity", loss="log_loss")
    for look in (model.explain_gradient, model.explain_samples):
        with pytest.raises(ValueError, match="not finite: the values of X are too"):
            look(np.full_like(X, 1e308), y)
    with pytest.raises(ValueError, match="not finite"):
        GradientReport(np.array([np.nan]), np.zeros(1), np.ones(1), None)
