"""The page of a function: its steps are ours, and the reader can set all of it."""

import json
import math
import re

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from sklearn_gd import DescentPage, gradient_descent
from sklearn_gd.inspection.pages.tracing import OPERATIONS, run, trace

from .conftest import DESKTOP, PHONE


def landscape(x):
    return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])


def himmelblau(x):
    return ((x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2) / 100


def rosenbrock(x):
    return (1 - x[0]) ** 2 / 10 + (x[1] - x[0] ** 2) ** 2


def valley(x):
    scale = np.array([0.2, 3.0])
    return np.sum(scale * x**2) + np.tanh(x[0] / 2)


def wells(x):
    centres = np.array([[1.0, 1.0], [-2.0, 0.5], [0.5, -2.0]])
    return -sum(np.exp(-np.sum((x - centre) ** 2)) for centre in centres)


FUNCTIONS = (landscape, himmelblau, rosenbrock, valley, wells)
OF_TWO = {"add", "divide", "maximum", "minimum", "multiply", "power", "subtract"}


def trying(name):
    """A function of x that uses an operation."""
    operation = getattr(np, name)
    if name in OF_TWO:
        return lambda x: operation(x[0], x[1]) + x[0]
    return lambda x: operation(x[0]) * x[1]


RULES = {
    "plain": {"momentum": 0.0},
    "momentum": {"momentum": 0.8, "nesterovs_momentum": False},
    "nesterov": {"momentum": 0.8, "nesterovs_momentum": True},
    "adam": {"solver": "adam"},
}


def paths(page):
    told = page.evaluate(
        "JSON.stringify(descentPage.walks().map((w) => [w.rule, w.path, w.values]))"
    )
    return {rule: (np.array(path), values) for rule, path, values in json.loads(told)}


def state(page, name):
    return page.evaluate(f"descentPage.state.{name}")


# The steps are ours


@pytest.mark.parametrize("fun", FUNCTIONS, ids=lambda fun: fun.__name__)
@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_steps_equal_gradient_descent_point_by_point(open_page, fun, rate):
    page = open_page(
        DescentPage.from_function(
            fun, [1.4, 0.5], learning_rate=rate, momentum=0.8, limits=((-3, 3), (-3, 3))
        ),
        fragment="#race=true&steps=60",
    )
    walked = paths(page)
    assert set(walked) == set(RULES)
    for rule, settings in RULES.items():
        # The gradient of the page is exact, that of finite differences to ten digits.
        ours = gradient_descent(
            fun, [1.4, 0.5], learning_rate=rate, max_iter=60, **settings
        )
        path, values = walked[rule]
        assert path.shape == ours.path.shape
        np.testing.assert_allclose(path, ours.path, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(values, ours.fun_values, rtol=1e-6, atol=1e-6)


def test_steps_are_ours_to_the_last_digits_if_the_gradient_is_exact(open_page):
    def slope(x):
        return [0.4 * x[0] + (1 - np.tanh(x[0] / 2) ** 2) / 2, 6.0 * x[1]]

    page = open_page(
        DescentPage.from_function(valley, [1.4, 0.5], momentum=0.8),
        fragment="#race=true&steps=200",
    )
    for rule, settings in RULES.items():
        ours = gradient_descent(
            valley, [1.4, 0.5], jac=slope, learning_rate=0.1, max_iter=200, **settings
        )
        np.testing.assert_allclose(paths(page)[rule][0], ours.path, atol=1e-12)


def test_the_walk_ends_where_ours_ends(open_page):
    page = open_page(DescentPage.from_function(landscape, [1.4, 0.5]))
    page.click("#end")
    ours = gradient_descent(landscape, [1.4, 0.5], learning_rate=0.1)
    assert ours.success and state(page, "steps") == ours.nit
    assert "at rest" in page.inner_text("#walk-rows")


def test_a_lost_walk_stays_at_its_last_finite_point(open_page):
    def steep(x):
        return np.exp(x[0] ** 2) + x[1] ** 2

    page = open_page(
        DescentPage.from_function(steep, [2.0, 1.0], learning_rate=5.0),
        fragment="#steps=20",
    )
    ours = gradient_descent(steep, [2.0, 1.0], learning_rate=5.0)
    assert ours.status == 2
    np.testing.assert_allclose(paths(page)["plain"][0], ours.path, rtol=1e-6)
    assert "lost" in page.inner_text("#walk-rows")


def test_every_operation_has_its_value_and_its_slope(open_page):
    page = open_page(DescentPage.from_function(landscape, [1.4, 0.5]))
    ask = """([tape, x]) => {
      const { constructor: Expression } = descentPage.expression;
      const expression = new Expression(tape);
      return [expression.value(x), expression.gradient(x)];
    }"""
    for name in sorted(OPERATIONS):
        fun = trying(name)
        for x in ([1.3, 0.7], [0.4, 1.1], [0.9, 0.31]):
            value, gradient = page.evaluate(ask, [trace(fun), x])
            assert value == pytest.approx(fun(np.array(x)), rel=1e-12), name
            wanted = approx_fprime(np.array(x), fun, 1e-7)
            np.testing.assert_allclose(
                gradient, wanted, rtol=1e-5, atol=1e-5, err_msg=name
            )


# What a function may be


@pytest.mark.parametrize("fun", FUNCTIONS, ids=lambda fun: fun.__name__)
def test_a_tape_gives_what_the_function_gives(fun):
    tape = trace(fun)
    for x in np.random.default_rng(0).normal(size=(20, 2)):
        assert run(tape, x) == pytest.approx(fun(x), rel=1e-12)


@pytest.mark.parametrize(
    ("fun", "told"),
    [
        (lambda x: x[0] if x[0] > 0 else x[1], "numpy.greater on x is not known"),
        (lambda x: np.floor(x[0]), "numpy.floor on x is not known"),
        (lambda x: float(x[0]), "plain float of x"),
        (lambda x: math.sin(x[0]), "plain float of x"),
        (lambda x: bool(x[0] + 1), "decides something"),
        (lambda x: x, "cannot be taken into a page"),
        (lambda x: x[0].real, "has no real"),
        (lambda x: "high", "could not convert"),
    ],
)
def test_what_a_page_cannot_do_is_told_with_the_cure(fun, told):
    with pytest.raises(TypeError, match=told) as info:
        DescentPage.from_function(fun, [1.0, 1.0])
    assert "Write np.sin and not math.sin" in str(info.value)


def test_a_function_that_changes_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(TypeError, match="without random numbers"):
        DescentPage.from_function(lambda x: x[0] * rng.normal(), [1.0, 1.0])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"x0": [1.0]}, "x0=.* two numbers"),
        ({"x0": [np.nan, 1.0]}, "x0=.* finite"),
        ({"limits": (0, 1)}, "limits="),
        ({"limits": ((1, 0), (0, 1))}, "limits=.*the lower one first"),
        ({"learning_rate": 0.0}, "learning_rate=0.0 must be between"),
        ({"momentum": 1.0}, r"momentum=1.0 must be in \[0, 1\)"),
        ({"language": "fr"}, "language='fr'"),
    ],
)
def test_settings_out_of_range_are_refused(settings, told):
    settings = {"x0": [1.0, 1.0], **settings}
    with pytest.raises(ValueError, match=told):
        DescentPage.from_function(landscape, **settings)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="fun=3 cannot be called"):
        DescentPage.from_function(3, [1.0, 1.0])


def test_it_is_small():
    page = DescentPage.from_function(landscape, [1.4, 0.5])
    assert len(page.html.encode()) < 80_000


# The reader


@pytest.fixture
def descent_page():
    return DescentPage.from_function(landscape, [1.4, 0.5])


def drag(page, *points):
    """Drags the ball to points of the map, given as x."""
    box = page.locator("#ways").bounding_box()
    places = [
        (box["x"] + (x + 4) / 8 * box["width"], box["y"] + (4 - y) / 8 * box["height"])
        for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)


def test_a_dragged_ball_rolls_when_it_is_let_go(open_page, descent_page):
    page = open_page(descent_page)
    drag(page, (1.4, 0.5), (-1.0, -1.0))
    assert state(page, "x") == pytest.approx([-1.0, -1.0], abs=0.02)
    assert state(page, "steps") == 0
    page.mouse.up()
    while state(page, "steps") < 3:
        page.wait_for_timeout(20)
    page.click("#play")  # pause
    steps = state(page, "steps")
    page.wait_for_timeout(200)
    assert state(page, "steps") == steps
    ours = gradient_descent(
        landscape, state(page, "x"), learning_rate=0.1, max_iter=steps
    )
    np.testing.assert_allclose(paths(page)["plain"][0], ours.path, atol=1e-6)


def test_with_less_motion_the_ball_waits(open_page, descent_page):
    page = open_page(descent_page, reduced_motion="reduce")
    drag(page, (1.4, 0.5), (-1.0, -1.0))
    page.mouse.up()
    page.wait_for_timeout(200)
    assert state(page, "steps") == 0
    page.click("#step")
    assert state(page, "steps") == 1


def test_the_keyboard_moves_the_ball(open_page, descent_page):
    page = open_page(descent_page, reduced_motion="reduce")
    page.focus("#ways")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert state(page, "x") == pytest.approx([1.2, 0.7])
    told = page.get_attribute("#ways", "aria-valuetext")
    assert told.startswith("at 1.20, 0.700, height ")


def test_buttons_go_forth_and_back(open_page, descent_page):
    page = open_page(descent_page)
    page.click("#step")
    page.click("#step")
    assert state(page, "steps") == 2
    page.click("#again")
    assert state(page, "steps") == 0
    page.click("#play")
    while state(page, "steps") < 2:
        page.wait_for_timeout(20)
    page.click("#again")
    page.wait_for_timeout(200)
    assert state(page, "steps") == 0


def test_sliders_change_the_walk_that_is_there(open_page, descent_page):
    page = open_page(descent_page, fragment="#steps=15&rule=nesterov")
    page.fill("#rate", "-2")
    page.fill("#momentum", "0.5")
    ours = gradient_descent(
        landscape, [1.4, 0.5], learning_rate=0.01, momentum=0.5, max_iter=15
    )
    np.testing.assert_allclose(paths(page)["nesterov"][0], ours.path, atol=1e-6)
    page.select_option("#rule", "plain")
    assert set(paths(page)) == {"plain"}


def test_noise_shakes_the_walk_the_same_way_every_time(open_page, descent_page):
    link = "#steps=30&noise=0.5"
    first, second = (
        paths(open_page(descent_page, fragment=link))["plain"][0] for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    ours = gradient_descent(landscape, [1.4, 0.5], learning_rate=0.1, max_iter=30)
    apart = first[1] - ours.path[1]
    assert 0 < np.linalg.norm(apart) < 0.1 * 0.5 * 4


def test_the_address_leads_to_the_same_situation(open_page, descent_page):
    page = open_page(descent_page, reduced_motion="reduce")
    drag(page, (1.4, 0.5), (2.2, -1.1))
    page.mouse.up()
    page.fill("#rate", "-0.5")
    page.fill("#noise", "0.4")
    page.check("#race")
    page.fill("#turn", "75")
    page.click("#language")
    for _ in range(4):
        page.click("#step")
    link = page.evaluate("location.hash")
    other = open_page(descent_page, fragment=link)
    assert state(other, "lang") == "zh" and state(other, "steps") == 4
    for rule, (path, _) in paths(page).items():
        np.testing.assert_array_equal(path, paths(other)[rule][0])


@pytest.mark.parametrize(
    "fragment",
    ["#steps=-3&rate=abc&rule=fast", "#x=1,2,3&momentum=7", "#lang=fr&turn=", "#%%%"],
)
def test_an_address_that_makes_no_sense_is_not_followed(
    open_page, descent_page, fragment
):
    page = open_page(descent_page, fragment=fragment)
    assert state(page, "x") == [1.4, 0.5]
    assert state(page, "steps") == 0
    assert state(page, "rate") == 0.1
    assert state(page, "momentum") == 0.9
    assert state(page, "lang") == "en"


def test_arrows_are_to_the_scale_of_the_map(open_page, descent_page):
    page = open_page(descent_page)
    ends = page.evaluate(
        """[".downhill", ".next-step"].map((name) => {
             const line = document.querySelector(name);
             return ["x1", "y1", "x2", "y2"].map((at) => Number(line.getAttribute(at)));
           })"""
    )
    size = page.locator("#ways").bounding_box()["width"]
    slope = approx_fprime(np.array([1.4, 0.5]), landscape, 1e-7)
    for (x1, y1, x2, y2), share in zip(ends, (1.0, 0.1), strict=True):
        way = np.array([x2 - x1, y1 - y2]) / size * 8
        np.testing.assert_allclose(way, -share * slope, atol=1e-3)


def test_contour_lines_stand_in_equal_steps(open_page, descent_page):
    page = open_page(descent_page)
    told = page.inner_text("#apart")
    assert float(re.search(r"Lines are ([\d.]+) apart", told)[1]) == 0.5


def test_a_notebook_shows_the_same_page(browser, descent_page, tmp_path):
    notebook = tmp_path / "notebook.html"
    text = f"<!doctype html><meta charset='utf-8'>{descent_page._repr_html_()}"
    notebook.write_text(text, encoding="utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(notebook.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#step").click()
    assert frame.locator("#walk-rows td").first.inner_text() == "1"
    page.close()
    assert errors == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(open_page, descent_page, viewport):
    page = open_page(
        descent_page, fragment="#race=true&steps=9&lang=zh", viewport=viewport
    )
    for _ in range(2):
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] == widths[1] == viewport["width"]
        page.click("#language")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_pictures_are_drawn_by_day_and_by_night(open_page, descent_page, scheme):
    page = open_page(descent_page, color_scheme=scheme, fragment="#steps=20")
    colours = page.evaluate(
        """["ground", "surface"].map((id) => {
             const canvas = document.getElementById(id);
             const context = canvas.getContext("2d");
             const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
             const seen = new Set();
             for (let k = 0; k < data.length; k += 4) {
               if (data[k + 3]) seen.add(data.slice(k, k + 3).join());
             }
             return seen.size;
           })"""
    )
    assert min(colours) > 100


def test_it_speaks_chinese(open_page, descent_page):
    page = open_page(descent_page)
    page.click("#language")
    chinese = page.inner_text("body")
    words = set(re.findall(r"[A-Za-z]{3,}", chinese))
    assert words <= {"English", "adam", "Nesterov"}, words
