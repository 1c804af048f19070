"""The tug of war: what single samples ask, their sum, and what all ask."""

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier, SamplesReport


@pytest.fixture(scope="module")
def model(wine):
    return GradientDescentMLPClassifier(
        (5, 4), max_iter=2, tol=None, alpha=0.0, random_state=0
    ).fit(*wine)


def test_pulls_of_all_samples_add_up_to_the_whole_gradient(model, wine):
    X, y = wine
    report = model.explain_samples(X, y, rows=range(len(X)))
    gradient = model.cost_gradient(X, y)
    np.testing.assert_allclose(report.sum, -gradient, atol=1e-14)
    np.testing.assert_allclose(report.whole, -gradient, atol=1e-14)
    assert report.angle_of_sum == pytest.approx(0, abs=1e-4)


def test_a_column_is_the_share_of_its_sample(model, wine, rng):
    X, y = wine
    weights, rows = rng.uniform(0, 2, len(X)), [4, 90, 150]
    report = model.explain_samples(X, y, rows, sample_weight=weights)
    for pull, row in zip(report.components, rows, strict=True):
        alone = -model.cost_gradient(X[[row]], y[[row]])
        share = weights[row] / weights[rows].sum()
        np.testing.assert_allclose(pull, share * alone, rtol=1e-9, atol=1e-15)
    of_these = model.cost_gradient(X[rows], y[rows], weights[rows])
    np.testing.assert_allclose(report.sum, -of_these, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(report.whole, -model.cost_gradient(X, y, weights))
    assert report.labels == y[rows].tolist()


def test_angles_are_those_to_what_all_ask(model, wine):
    X, y = wine
    report = model.explain_samples(X, y, [0, 100])
    whole = model.cost_gradient(X, y)
    for found, row in zip(report.angles, [0, 100], strict=True):
        alone = model.cost_gradient(X[[row]], y[[row]])
        cosine = alone @ whole / np.linalg.norm(alone) / np.linalg.norm(whole)
        assert np.cos(np.radians(found)) == pytest.approx(cosine)


def test_l2_has_no_part_in_it(model, wine):
    X, y = wine
    plain = model.explain_samples(X, y)
    decaying = model.set_params(alpha=1.0).explain_samples(X, y)
    model.set_params(alpha=0.0)
    np.testing.assert_array_equal(decaying.components, plain.components)
    np.testing.assert_array_equal(decaying.whole, plain.whole)


def test_the_table_has_a_column_for_each_sample(model, wine):
    X, y = wine
    names = np.array(["red", "rosé", "white"])[y]
    named = GradientDescentMLPClassifier(4, max_iter=2, tol=None).fit(X, names)
    report = named.explain_samples(X, names, [0, 170], n_top=3)
    title, header, *rows, angles = str(report).splitlines()
    assert "2 rows" in title and "3 of which" in title
    assert (
        header.split()
        == "parameter row 0, red row 170, white their sum all rows".split()
    )
    assert len(rows) == 3 and angles.startswith("angle to all")
    assert f"{report.angles[0]:.0f}°" in angles
    assert report._repr_html_().count("<tr>") == 5
    assert "全体" in str(named.explain_samples(X, names, language="zh"))


def test_frame(model, wine):
    pytest.importorskip("pandas")
    report = model.explain_samples(*wine, [0, 170], n_top=4)
    frame = report.to_frame()
    np.testing.assert_array_equal(frame["index"], report.order)
    np.testing.assert_allclose(frame["their sum"], frame.iloc[:, 2:4].sum(axis=1))
    np.testing.assert_array_equal(frame["all rows"], report.whole[report.order])


def test_few_rows_are_enough_for_the_default(model, wine):
    X, y = wine
    assert model.explain_samples(X[:2], y[:2]).rows == [0, 1]
    assert isinstance(model.explain_samples(X, y), SamplesReport)


@pytest.mark.parametrize("rows", [[], [178], [-1], [0.5], 3, [[1]]])
def test_rows_that_are_not_there_are_refused(model, wine, rows):
    with pytest.raises(ValueError, match="rows="):
        model.explain_samples(*wine, rows)


def test_rows_without_weight_are_refused(model, wine):
    weights = np.ones(178)
    weights[:2] = 0
    with pytest.raises(ValueError, match=r"zero for every row of rows=\[0, 1\]"):
        model.explain_samples(*wine, [0, 1], sample_weight=weights)
