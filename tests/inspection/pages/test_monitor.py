"""Training watched while it runs: lines, a widget, and its button in a real kernel."""

import json
import pickle
import re
import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, TrainingMonitor
from sklearn_gd.inspection.pages.live import Lines, best_view, phrases
from sklearn_gd.inspection.pages.page import static

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)


@pytest.fixture(autouse=True)
def callbacks():
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")


@pytest.fixture
def anywidget():
    return pytest.importorskip("anywidget", reason="needs anywidget")


def network(**settings):
    settings = {"max_iter": 20, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier((4,), **settings)


# Lines


def test_without_a_notebook_it_prints_lines(capsys):
    model = network().set_callbacks(TrainingMonitor())
    model.fit(X, Y, X_val=X, y_val=Y)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    pattern = (
        r"epoch (\d+)/20  cost (0\.\d+)  validation cost 0\.\d+  at most \d:\d\d left"
    )
    told = [re.fullmatch(pattern, line).groups() for line in lines]
    assert [int(epoch) for epoch, _ in told] == list(range(2, 21, 2))
    np.testing.assert_allclose(
        [float(cost) for _, cost in told], model.loss_curve_[1::2], atol=1e-6
    )
    assert last == "Training ended: all epochs are done."


def test_lines_say_when_there_was_no_more_progress_in_chinese(capsys):
    model = network(max_iter=500, tol=0.5, n_iter_no_change=2)
    model.set_callbacks(TrainingMonitor(language="zh")).fit(X, Y)
    assert model.n_iter_ < 500
    assert capsys.readouterr().out.splitlines()[-1] == "训练结束：不再有进展。"


def test_it_watches_every_fit_of_a_search(capsys):
    pipeline = make_pipeline(
        StandardScaler(), network(max_iter=3).set_callbacks(TrainingMonitor())
    )
    grid = {"gradientdescentmlpclassifier__alpha": [0.0, 0.1]}
    GridSearchCV(pipeline, grid, cv=2).fit(X, Y)
    out = capsys.readouterr().out
    assert out.count("epoch 3/3") == out.count("Training ended") == 2 * 2 + 1


def test_a_fit_that_is_broken_off_says_so(capsys):
    class Breaks:
        """A callback that raises in the second epoch."""

        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            if context.task_id == 1:
                raise RuntimeError("enough")

    monitor = TrainingMonitor()
    with pytest.raises(RuntimeError, match="enough"):
        network().set_callbacks(monitor, Breaks()).fit(X, Y)
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "Training ended: it was broken off."
    assert monitor._fits == {}


def test_it_goes_into_another_process(capsys):
    monitor = TrainingMonitor(view="lines")
    network(max_iter=1).set_callbacks(monitor).fit(X, Y)
    copy = pickle.loads(pickle.dumps(monitor))
    capsys.readouterr()
    network(max_iter=1).set_callbacks(copy).fit(X, Y)
    assert "epoch 1/1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"view": "film"}, r"view='film'.*\['auto', 'widget', 'lines'\]"),
        ({"language": "fr"}, "language='fr'"),
    ],
)
def test_unknown_settings_are_refused(settings, told):
    with pytest.raises(ValueError, match=told):
        TrainingMonitor(**settings)


def test_a_missing_package_is_named_with_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r"pip install sklearn_gd\[notebook\]"):
        TrainingMonitor(view="widget")
    assert best_view() is Lines


@pytest.mark.parametrize("key", phrases())
def test_words_are_there_in_both_languages(key):
    entry = phrases()[key]
    assert set(entry) == {"en", "zh"} and all(entry.values())
    holes = [sorted(re.findall(r"\{\d\}", text)) for text in entry.values()]
    assert holes[0] == holes[1]


# The widget


def test_the_widget_holds_the_curve_and_the_reason(anywidget):
    monitor = TrainingMonitor(view="widget")
    model = network().set_callbacks(monitor).fit(X, Y, X_val=X, y_val=Y)
    widget = monitor.view_.widget
    assert widget.progress["costs"] == model.loss_curve_
    assert widget.progress["validation_costs"] == model.validation_loss_curve_
    assert widget.progress["scores"] == model.validation_scores_
    assert widget.progress["epoch"] == widget.max_epochs == 20
    assert widget.reason == "max_iter"


def test_the_button_ends_the_training_after_the_epoch(anywidget):
    monitor = TrainingMonitor(view="widget")

    class Presses:
        """A callback that presses the button in the third epoch."""

        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 2:
                monitor.view_.widget.stop = True

        def on_fit_task_end(self, estimator, context): ...

    model = network().set_callbacks(monitor, Presses()).fit(X, Y)
    assert model.n_iter_ == 3
    assert monitor.view_.widget.reason == "stopped"
    same = network(max_iter=3).fit(X, Y)
    np.testing.assert_array_equal(model.parameters_, same.parameters_)


FAKE = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="el"></div>
<script type="module">%s
const state = %s;
const heard = {};
globalThis.saved = [];
globalThis.model = {
  get: (name) => state[name],
  set(name, value) { state[name] = value; },
  save_changes: () => saved.push({ ...state }),
  on: (event, call) => (heard[event] = call),
  off: (event) => delete heard[event],
  tell(name, value) { state[name] = value; heard[`change:${name}`]?.(); },
};
globalThis.close = render({ model, el: document.getElementById("el") });
globalThis.heard = heard;
</script>"""


@pytest.fixture
def shown(browser, tmp_path):
    """The widget's module in a browser, with a model that stands in for a kernel's."""
    words = {key: entry["en"] for key, entry in phrases().items()}
    state = {"words": words, "max_epochs": 10, "progress": {}, "reason": ""}
    module = static("training_widget.js").replace("export default { render };", "")
    path = tmp_path / "widget.html"
    text = FAKE % (static("training_widget.css"), module, json.dumps(state))
    path.write_text(text, encoding="utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert errors == []


PROGRESS = {
    "epoch": 3,
    "costs": [0.8, 0.4, 0.2],
    "validation_costs": [0.8, 0.5, 0.4],
    "scores": [0.1, 0.5, 0.75],
    "seconds_left": 67,
}


def test_the_view_shows_curve_time_left_and_reason(shown):
    assert shown.inner_text(".told") == "epoch 0/10"
    shown.evaluate("(progress) => model.tell('progress', progress)", PROGRESS)
    assert shown.inner_text(".told") == "epoch 3/10 · at most 1:07 left"
    points = shown.get_attribute(".costs", "points").split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights == pytest.approx([0, 50, 75])
    numbers = shown.inner_text(".numbers")
    assert numbers == ("cost 0.2000 · validation cost 0.4000 · validation score 0.7500")
    shown.evaluate("model.tell('reason', 'converged')")
    assert shown.inner_text(".numbers").endswith(
        "Training ended: there was no more progress."
    )
    assert shown.locator("button").is_hidden()


def test_the_button_of_the_view_tells_the_kernel(shown):
    shown.get_by_role("button", name="Stop").click()
    assert shown.evaluate("saved.map((state) => state.stop)") == [True]
    assert shown.locator("button").is_disabled()
    assert shown.inner_text("button") == "Stopping after this epoch"
    shown.evaluate("close()")
    assert shown.evaluate("Object.keys(heard)") == []


CELL = """
from sklearn.datasets import load_iris
from sklearn_gd import GradientDescentMLPClassifier, TrainingMonitor
X, y = load_iris(return_X_y=True)
model = GradientDescentMLPClassifier((4,), max_iter=10**7, tol=None, learning_rate=0.01)
monitor = TrainingMonitor()
model = model.set_callbacks(monitor).fit(X, y)
print("ended", monitor.view_.widget.reason, model.n_iter_ < 10**7)
"""


def test_the_button_is_heard_while_a_cell_runs(anywidget):
    manager = pytest.importorskip("jupyter_client.manager", reason="needs a kernel")
    pytest.importorskip("ipykernel", reason="needs a kernel")
    pytest.importorskip("jupyter_ui_poll", reason="needs jupyter-ui-poll")
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    try:
        subshell = subshell_of(client)
        client.execute(CELL)
        widget, out = None, ""
        while "ended" not in out:
            message = client.get_iopub_msg(timeout=40)
            content = message["content"]
            if message["msg_type"] == "comm_open" and "_esm" in str(content):
                widget = content["comm_id"]
            if message["msg_type"] == "comm_msg" and widget == content["comm_id"]:
                press(client, widget, subshell)
            out += content.get("text", "") + "".join(content.get("traceback", []))
        assert "ended stopped True" in out, out
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def subshell_of(client):
    """A second shell, which front ends open for widgets, if the kernel has any."""
    client.kernel_info()
    features = client.get_shell_msg(timeout=30)["content"].get("supported_features", [])
    if "kernel subshells" not in features:
        return {}
    client.control_channel.send(client.session.msg("create_subshell_request"))
    reply = client.get_control_msg(timeout=30)
    return {"subshell_id": reply["content"]["subshell_id"]}


def press(client, comm_id, subshell):
    """What a front end sends when the button is pressed."""
    data = {"method": "update", "state": {"stop": True}, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
    message["header"].update(subshell)
    client.shell_channel.send(message)
