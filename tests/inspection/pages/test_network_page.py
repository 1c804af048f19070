"""The page of a network in a real browser: every button, mouse, keyboard, screens."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris

from sklearn_gd import GradientDescentMLPClassifier, NetworkPage, nudge_words

from .conftest import DESKTOP, PHONE

N_ROWS = 60


@pytest.fixture(scope="module")
def digits():
    """A network that reads digits, not too well, and some of them."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = GradientDescentMLPClassifier((16, 16), max_iter=4, tol=None, random_state=0)
    model = model.fit(X, y)
    exact = model.parameters_.astype(np.float32).astype(np.float64)
    model.parameters_ = exact
    return model, X[:N_ROWS], y[:N_ROWS]


@pytest.fixture
def digits_page(digits):
    return NetworkPage.from_estimator(*digits, image_shape=(8, 8))


@pytest.fixture(scope="module")
def iris():
    data = load_iris(as_frame=True)
    y = data.target_names[data.target]
    model = GradientDescentMLPClassifier((5,), loss="log_loss", max_iter=20, tol=None)
    model = model.set_params(random_state=0, learning_rate=0.05).fit(data.data, y)
    return model, data.data, y


def ask(page, expression):
    return page.evaluate(f"(({{learner, view}}) => {expression})(networkPage)")


def parameters(page):
    return np.array(ask(page, "Array.from(learner.theta)"))


def sample(page):
    return np.array(ask(page, "Array.from(view.sample.x)"))


def outputs(page):
    return np.array(ask(page, "Array.from(view.pass.p)"))


def stroke(page, *points):
    """Draws with the mouse from point to point, as shares of the canvas."""
    box = page.locator("#canvas").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


# What goes in


def test_drawing_with_the_mouse_puts_ink_where_it_goes(open_page, digits_page, digits):
    page = open_page(digits_page)
    page.click("#clear")
    assert not sample(page).any()
    stroke(page, (0.4, 0.1), (0.4, 0.9))
    image = sample(page).reshape(8, 8)
    assert (image[1:7, 2:4].max(axis=1) > 0.85).all()  # no gaps
    assert not image[:, 6:].any()
    assert page.inner_text("#row") == "your own"
    (p,) = digits[0].predict_proba(image.reshape(1, -1))
    np.testing.assert_allclose(outputs(page), p, atol=1e-9)


def test_drawing_leaves_the_rows_as_they_are(open_page, digits_page, digits):
    page = open_page(digits_page)
    stroke(page, (0.1, 0.1), (0.9, 0.9))
    page.click("#next")
    page.click("#before")
    np.testing.assert_array_equal(sample(page), digits[1][0])


def test_drawing_with_the_keyboard(open_page, digits_page):
    page = open_page(digits_page)
    page.focus("#canvas")
    page.keyboard.press("Delete")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)
    image = sample(page).reshape(8, 8)
    assert np.unravel_index(image.argmax(), image.shape) == (2, 1)
    assert image[2, 1] == 1


def test_centre_moves_the_ink_into_the_middle(open_page, digits_page):
    page = open_page(digits_page)
    page.click("#clear")
    stroke(page, (0.1, 0.1), (0.1, 0.4))
    before = sample(page)
    page.click("#centre")
    after = sample(page)
    rows, columns = np.indices((8, 8)).reshape(2, -1)
    for places in (rows, columns):
        assert abs(np.average(places, weights=after) - 3.5) <= 0.5
    assert after.sum() == pytest.approx(before.sum())


def test_rows_are_picked_in_order_by_sheet_and_by_cost(open_page, digits_page, digits):
    model, X, y = digits
    page = open_page(digits_page)
    page.click("#next")
    assert ask(page, "view.row") == 1
    page.click("#before")
    page.click("#before")
    assert ask(page, "view.row") == N_ROWS - 1
    page.click("#sheet", position={"x": 28 * 2 + 9, "y": 9})
    np.testing.assert_array_equal(sample(page), X[2])
    page.click("#costly")
    costs = model.sample_costs(X, y)
    assert ask(page, "view.row") == costs.argmax()
    assert float(page.inner_text("#cost-value")) == pytest.approx(costs.max(), abs=1e-3)


def test_wanted_can_be_changed(open_page, digits_page, digits):
    model, X, _ = digits
    page = open_page(digits_page)
    page.get_by_role("radio", name="7").check()
    cost = ask(page, "view.pass.cost")
    assert cost == pytest.approx(model.sample_costs(X[:1], [7])[0])


def test_sliders_of_a_table(open_page, iris):
    model, X, y = iris
    page = open_page(NetworkPage.from_estimator(model, X, y))
    slider = page.get_by_role("slider", name="petal length (cm)")
    slider.fill("6.5")
    row = X.iloc[:1].copy()
    row["petal length (cm)"] = 6.5
    np.testing.assert_allclose(
        outputs(page), model.predict_proba(row)[0], rtol=1e-5, atol=1e-6
    )
    assert f"Its answer is {model.predict(row)[0]}." in page.inner_text("#answer")
    assert page.locator("#drawing").is_hidden()


def test_labels_of_several_a_row(open_page):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 3)), rng.integers(0, 2, (40, 4))
    model = GradientDescentMLPClassifier((4,), max_iter=2, tol=None).fit(X, Y)
    page = open_page(NetworkPage.from_estimator(model, X, Y))
    wanted = Y[0].copy()
    wanted[2] = 1 - wanted[2]
    page.get_by_role("checkbox", name="2").set_checked(bool(wanted[2]))
    cost = ask(page, "view.pass.cost")
    assert cost == pytest.approx(model.sample_costs(X[:1], [wanted])[0], rel=1e-5)


# Steps


def test_a_step_on_this_sample_is_ours(open_page, digits_page, digits):
    model, X, y = digits
    page = open_page(digits_page)
    page.click("#next")
    page.click("#step")
    wanted = model.parameters_ - 0.2 * model.cost_gradient(X[1:2], y[1:2])
    np.testing.assert_allclose(parameters(page), wanted, rtol=0, atol=1e-12)
    assert page.inner_text("#state").startswith("After 1 steps: cost ")


def test_batches_of_an_epoch_are_all_rows_once(open_page, digits_page, digits):
    model = digits[0]
    page = open_page(digits_page)
    page.fill("#batch-size", "30")
    page.dispatch_event("#batch-size", "change")
    seen = [
        ask(page, "learner.nextBatch().map((sample) => sample.row)") for _ in range(2)
    ]
    assert sorted(seen[0] + seen[1]) == list(range(N_ROWS))
    page.click("#batch")
    assert ask(page, "learner.steps") == 1
    assert not np.allclose(parameters(page), model.parameters_)


def test_learning_rate_is_that_of_the_slider(open_page, digits_page, digits):
    model, X, y = digits
    page = open_page(digits_page)
    page.fill("#rate", "-2")
    assert page.inner_text("#rate-value") == "0.010"
    page.click("#step")
    wanted = model.parameters_ - 0.01 * model.cost_gradient(X[:1], y[:1])
    np.testing.assert_allclose(parameters(page), wanted, rtol=0, atol=1e-12)


def test_undo_goes_back_step_by_step(open_page, digits_page, digits):
    page = open_page(digits_page)
    assert page.is_disabled("#undo")
    before = [parameters(page)]
    for button in ("#step", "#batch", "#restart"):
        page.click(button)
        before.append(parameters(page))
    for wanted in before[-2::-1]:
        page.click("#undo")
        np.testing.assert_array_equal(parameters(page), wanted)
    assert page.is_disabled("#undo")
    assert ask(page, "learner.curve.length") == 1


def test_restart_makes_every_parameter_random_and_the_cost_large(
    open_page, digits_page
):
    page = open_page(digits_page)
    cost = ask(page, "learner.now.cost")
    page.click("#restart")
    theta = parameters(page)
    assert len(np.unique(theta)) == len(theta) and theta.all()
    assert ask(page, "learner.now.cost") > cost + 0.2
    page.click("#restart")
    assert not (parameters(page) == theta).any()


def test_play_learns_until_it_is_paused_and_is_undone_at_once(open_page, digits_page):
    page = open_page(digits_page)
    page.click("#restart")
    start, cost = parameters(page), ask(page, "learner.now.cost")
    page.click("#play")
    assert page.is_disabled("#step")
    while ask(page, "learner.now.cost") > 0.5:
        page.wait_for_timeout(20)
    page.click("#play")
    steps = ask(page, "learner.steps")
    page.wait_for_timeout(100)
    assert ask(page, "learner.steps") == steps > 10
    assert ask(page, "learner.now.cost") < cost
    points = page.get_attribute("#cost-line", "points").split()
    assert len(points) == ask(page, "learner.curve.length")
    page.click("#undo")
    np.testing.assert_array_equal(parameters(page), start)


def test_less_motion_means_few_pictures(open_page, digits_page):
    page = open_page(digits_page, reduced_motion="reduce")
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.click("#play")
    first = ask(page, "learner.curve.length")
    page.clock.run_for(500)
    assert ask(page, "learner.curve.length") == first
    page.clock.run_for(200)
    assert ask(page, "learner.curve.length") == first + 1


def test_a_step_that_is_too_long_is_taken_back_in_words(open_page, iris):
    page = open_page(NetworkPage.from_estimator(*iris))
    page.evaluate("networkPage.learner.rate = 1e308")
    before = parameters(page)
    page.evaluate("networkPage.view.sample.x.fill(1e9)")
    page.click("#step")
    np.testing.assert_array_equal(parameters(page), before)
    assert "lower the learning rate" in page.inner_text("#told")


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("button", ["step", "batch", "play"])
def test_what_diverges_is_taken_back_before_its_cost_is_no_number(
    open_page, button, loss
):
    """Finite parameters can have a cost that is not; nothing of it is drawn."""
    X, y = load_iris(return_X_y=True)
    network = GradientDescentMLPClassifier((4,), "identity", loss=loss, max_iter=1)
    network.set_params(output_activation="logistic", alpha=1.0).fit(X, y)
    page = open_page(NetworkPage.from_estimator(network, X, y))
    page.evaluate("networkPage.learner.rate = 1e4")
    for _ in range(200):
        if "lower the learning rate" in page.inner_text("#told"):
            break
        page.click(f"#{button}")
    assert "lower the learning rate" in page.inner_text("#told")
    assert ask(page, "learner.curve.every(({ cost }) => Number.isFinite(cost))")
    points = page.get_attribute("#cost-line", "points")
    assert not re.search("NaN|Infinity", points)
    assert page.inner_text("#play") == "Play"
    assert page.is_enabled("#undo")


# The network


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_long_names_are_cut_where_the_picture_ends(open_page, viewport):
    """Every letter that is drawn is seen; the ear hears the whole name."""
    X, y = load_iris(return_X_y=True)
    names = [f"WWWW a long name of column {i}" for i in range(4)]
    labels = np.array(["一个很长很长的类别名称", "WWWWWWWWWWWW", "c"])[y]
    network = GradientDescentMLPClassifier((4,), max_iter=1).fit(X, labels)
    page = open_page(
        NetworkPage.from_estimator(network, X, labels, feature_names=names),
        viewport=viewport,
    )
    frame = page.locator("#picture").bounding_box()
    texts = page.locator("#picture .neuron text")
    assert texts.count() == 4 + 3
    for text in texts.all():
        box = text.bounding_box()
        assert frame["x"] <= box["x"], text.text_content()
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert page.locator(f'#picture [aria-label^="{names[0]}"]').count() == 1


def edge_point(page, layer, i, j):
    """Where a drawn edge is, well away from its ends."""
    ends = page.evaluate(
        """([layer, i, j]) => {
          const at = (l, k) => {
            const node = document.querySelector(`[data-place="${l},${k}"] circle`);
            const box = node.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
          };
          return [at(layer - 1, i), at(layer, j)];
        }""",
        [layer, i, j],
    )
    (x1, y1), (x2, y2) = ends
    return x1 + 0.13 * (x2 - x1), y1 + 0.13 * (y2 - y1)


def test_an_edge_tells_what_it_should_do_and_what_that_brings(
    open_page, digits_page, digits
):
    model, X, y = digits
    page = open_page(digits_page)
    page.click("#costly")
    row = ask(page, "view.row")
    x, wanted = X[row : row + 1], y[row : row + 1]
    page.mouse.move(*edge_point(page, 2, 0, 0))
    told = page.inner_text("#told")
    where = re.match(r"The weight from hidden 2 neuron (\d+) to output (\d+) is", told)
    i, j = map(int, where.groups())
    index = 64 * 16 + 16 * 16 + 10 * i + j
    # What the data ask for, without L2.
    asked = -model.set_params(alpha=0.0).cost_gradient(x, wanted)
    before = model.sample_costs(x, wanted)[0]
    start = model.parameters_
    model.parameters_ = start + 0.1 * np.sign(asked[index]) * (
        np.arange(len(start)) == index
    )
    gain = before - model.sample_costs(x, wanted)[0]
    model.parameters_ = start
    model.set_params(alpha=2e-4)
    assert nudge_words(asked)[index] in told
    if asked[index]:
        number = re.search(r"the cost by ([\d.e−]+?)\.$", told)[1]
        number = float(number.replace("−", "-"))
        assert number == pytest.approx(abs(gain), rel=0.06)
        assert f"{'+' if asked[index] > 0 else '−'}0.1 lowers" in told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_of_nudges_are_ours(open_page, digits, language):
    model, X, y = digits
    page = open_page(
        NetworkPage.from_estimator(model, X, y, image_shape=(8, 8), language=language)
    )
    said = ask(page, "Array.from(learner.theta, (_, k) => view.nudgeWords(k))")
    report = model.explain_gradient(X[:1], y[:1], n_top=None, language=language)
    ours = {nudge.index: nudge.words for nudge in report}
    assert said == [ours[k] for k in range(model.n_parameters_)]


def test_a_neuron_shows_its_sum_and_its_weights(open_page, digits_page, digits):
    model, X, _ = digits
    page = open_page(digits_page)
    page.click('[data-place="0,3"]')
    assert page.inner_text("#neuron-name") == "hidden 1 neuron 3"
    z = X[0] @ model.coefs_[0][:, 3] + model.intercepts_[0][3]
    told = page.inner_text("#sum").replace("−", "-")
    parts = re.fullmatch(
        r"z = Σ w·a \+ b = (\S+) (\S+) = (\S+); a = relu\(z\) = (\S+)", told
    )
    numbers = [float(part) for part in parts.groups()]
    bias = model.intercepts_[0][3]
    assert numbers == pytest.approx([z - bias, bias, z, max(z, 0)], rel=6e-3, abs=1e-9)
    products = np.abs(X[0] * model.coefs_[0][:, 3])
    first = page.inner_text("#term-rows tr:first-child th")
    row, column = divmod(int(products.argmax()), 8)
    assert first == f"pixel {row}, {column}"
    size = page.evaluate("[weights.width, weights.height]")
    assert size[0] == size[1] == 168


def test_nudges_and_weights_are_two_pictures(open_page, digits_page):
    page = open_page(digits_page)
    page.click("#costly")
    state = "[...document.querySelectorAll('.edge')].map((e) => e.style.strokeWidth)"
    weights = page.evaluate(state)
    page.check("#mode-nudges")
    nudges = page.evaluate(state)
    assert weights != nudges and len(weights) == 12 * 16 + 16 * 16 + 16 * 10
    assert "should increase" in page.inner_text("#legend")
    page.check("#mode-weights")
    assert page.evaluate(state) == weights


def test_the_keyboard_goes_from_neuron_to_neuron(open_page, digits_page):
    page = open_page(digits_page)
    page.focus('#picture [tabindex="0"]')
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    place = page.evaluate("document.activeElement.dataset.place")
    assert place.startswith("2,")
    page.keyboard.press("ArrowUp" if place != "2,0" else "ArrowDown")
    page.keyboard.press("Enter")
    chosen = page.evaluate("document.activeElement.dataset.place")
    assert chosen != place
    output = int(chosen.partition(",")[2])
    assert page.inner_text("#neuron-name") == f"output {output}"


def test_wide_layers_are_cut_in_the_middle(open_page):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 40)), np.arange(50) % 25
    model = GradientDescentMLPClassifier((30,), max_iter=1, tol=None).fit(X, y)
    page = open_page(NetworkPage.from_estimator(model, X, y))
    assert page.locator(".cut").count() == 3
    places = page.evaluate(
        "[...document.querySelectorAll('.neuron')].map((n) => n.dataset.place)"
    )
    assert [p for p in places if p.startswith("0,")] == [
        f"0,{i}" for i in (*range(8), *range(22, 30))
    ]


# Readers


def test_it_speaks_both_languages(open_page, digits_page):
    page = open_page(digits_page)
    english = page.inner_text("body")
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.title() == page.inner_text("h1")
    chinese = page.inner_text("body")
    assert "走一个批次" in chinese and "One batch" not in chinese
    words = re.findall(r"[A-Za-z]{3,}", chinese)
    assert set(words) <= {"English", "relu", "softmax"}, words
    page.click("#language")
    assert page.inner_text("body") == english


def test_it_starts_in_the_language_that_is_asked_for(open_page, digits):
    page = open_page(
        NetworkPage.from_estimator(*digits, image_shape=(8, 8), language="zh")
    )
    assert page.inner_text("h1") == "打开一个神经网络来看"


@pytest.mark.parametrize("kind", ["digits", "iris"])
def test_everything_that_can_be_used_has_a_name(open_page, kind, request):
    image = {"image_shape": (8, 8)} if kind == "digits" else {}
    fitted = request.getfixturevalue(kind)
    page = open_page(NetworkPage.from_estimator(*fitted, **image))
    nameless = page.evaluate(
        """[...document.querySelectorAll(
             "button, input, [role=img], [role=button], [role=group], section")]
           .filter((node) => node.checkVisibility())
           .filter((node) => !(node.getAttribute("aria-label")
             || (node.labels && node.labels.length && node.labels[0].innerText.trim())
             || node.innerText?.trim()))
           .map((node) => node.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("kind", ["digits", "iris"])
def test_nothing_is_wider_than_the_screen(open_page, kind, viewport, request):
    image = {"image_shape": (8, 8)} if kind == "digits" else {}
    fitted = request.getfixturevalue(kind)
    page = open_page(NetworkPage.from_estimator(*fitted, **image), viewport=viewport)
    for _ in range(2):
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] == widths[1] == viewport["width"]
        outside = page.evaluate(
            """[...document.querySelectorAll("button, input, label, svg, p, h2")]
               .filter((node) => node.checkVisibility())
               .filter((node) => {
                 const box = node.getBoundingClientRect();
                 const panel = node.closest(".panel, header").getBoundingClientRect();
                 return box.right > panel.right + 1 || box.left < panel.left - 1;
               }).map((node) => node.outerHTML)"""
        )
        assert outside == []
        page.click("#language")


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_by_day_and_by_night(open_page, digits_page, scheme):
    page = open_page(digits_page, color_scheme=scheme)
    read = "(name) => getComputedStyle(document.documentElement).getPropertyValue(name)"
    panel = luminance(page.evaluate(read, "--panel").strip())
    assert (panel < 0.1) == (scheme == "dark")
    for name in ("ink", "soft", "accent", "plus", "minus", "wrong", "good"):
        text = luminance(page.evaluate(read, f"--{name}").strip())
        low, high = sorted((panel, text))
        # Of WCAG: 4.5 for text, 3 for lines and large text.
        wanted = 3.0 if name in ("plus", "minus") else 4.5
        assert (high + 0.05) / (low + 0.05) >= wanted, name


def test_a_notebook_shows_the_same_page(open_page, browser, digits_page, tmp_path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(
        f"<!doctype html><meta charset='utf-8'>{digits_page._repr_html_()}",
        encoding="utf-8",
    )
    page = browser.new_page()
    page.goto(notebook.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#step").click()
    assert frame.locator("#state").inner_text().startswith("After 1 steps")
    page.close()
