// The live view of a training in a notebook, on anywidget.

const SVG = "http://www.w3.org/2000/svg";
const NS = (name) => document.createElementNS(SVG, name);

function add(parent, name, attributes = {}, text = "") {
  const node = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  node.textContent = text;
  parent.append(node);
  return node;
}

// Seconds as a clock shows them: 0:07, 12:30, 1:05:00.
function clock(seconds) {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// A curve over all epochs that there may be, in a box of 100 x 100.
function points(costs, highest, last) {
  return costs
    .map((cost, k) => `${(100 * k) / last},${100 - (100 * cost) / highest}`)
    .join(" ");
}

function render({ model, el }) {
  const words = model.get("words");
  const say = (key, ...values) =>
    (words[key] ?? key).replace(/\{(\d)\}/g, (whole, k) => values[k]);

  const box = add(el, "section", { class: "sklearn-gd-training", "aria-label": say("title") });
  const top = add(box, "div", { class: "top" });
  const told = add(top, "span", { class: "told", "aria-live": "polite" });
  const button = add(top, "button", { type: "button" }, say("stop"));
  const chart = NS("svg");
  chart.setAttribute("viewBox", "0 0 100 100");
  chart.setAttribute("preserveAspectRatio", "none");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", say("curve"));
  const lines = { costs: NS("polyline"), validation_costs: NS("polyline") };
  for (const [name, line] of Object.entries(lines)) {
    line.setAttribute("class", name);
    chart.append(line);
  }
  const frame = add(box, "div", { class: "frame" });
  const highest = add(frame, "span", { class: "highest" });
  frame.append(chart);
  const numbers = add(box, "p", { class: "numbers" });

  function draw() {
    const progress = model.get("progress");
    const reason = model.get("reason");
    const ended = reason !== "";
    const stopping = model.get("stop");
    button.disabled = ended || stopping;
    button.hidden = ended;
    button.textContent = say(stopping ? "stopping" : "stop");
    const { epoch = 0, costs = [], validation_costs: validation = [] } = progress;
    const most = model.get("max_epochs");
    const left = ended || !epoch ? [] : [say("left", clock(progress.seconds_left))];
    told.textContent = [say("epoch", epoch, most), ...left].join(" · ");
    const top = Math.max(1e-12, ...costs, ...validation);
    const last = Math.max(1, (ended ? epoch : most) - 1);
    lines.costs.setAttribute("points", points(costs, top, last));
    lines.validation_costs.setAttribute("points", points(validation, top, last));
    highest.textContent = costs.length ? top.toPrecision(3) : "";
    const shown = [];
    if (costs.length) shown.push(`${say("cost")} ${costs.at(-1).toPrecision(4)}`);
    if (validation.length) {
      shown.push(`${say("validation")} ${validation.at(-1).toPrecision(4)}`);
      shown.push(`${say("score")} ${progress.scores.at(-1).toFixed(4)}`);
    }
    if (ended) shown.push(say("ended", say(reason)));
    numbers.textContent = shown.join(" · ");
  }

  button.addEventListener("click", () => {
    model.set("stop", true);
    model.save_changes();
    draw();
  });
  const events = ["change:progress", "change:reason", "change:stop"];
  events.forEach((event) => model.on(event, draw));
  draw();
  return () => events.forEach((event) => model.off(event, draw));
}

export default { render };
