// The network drawn: neurons filled by activation, edges by weight or by nudge.

import { $, element, number, say, svgElement } from "./basics.js";

// Neurons of a layer that are drawn; of more, the middle is cut out.
const MOST = 18;
const MOST_PIXELS = 12;
const GAP = 29;
const RADIUS = 9;
const NEAR = 6;

export class Picture {
  // choose(layer, j) is called for a neuron, tell(sentence) for an edge
  constructor(view, choose, tell) {
    Object.assign(this, { view, choose, tell });
    this.svg = $("picture");
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerdown", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.highlight(null));
    this.svg.addEventListener("keydown", (event) => this.walk(event));
  }

  draw() {
    const shown = this.shownNeurons();
    const plan = JSON.stringify([shown, this.svg.clientWidth]);
    if (plan !== this.plan) {
      this.plan = plan;
      this.build(shown);
    }
    this.neurons.forEach((neuron) => this.fill(neuron));
    if (!this.svg.querySelector('[tabindex="0"]')) {
      this.neurons[0].node.setAttribute("tabindex", 0);
    }
    this.paintEdges();
  }

  // Numbers of the neurons to draw, layer by layer, the input first.
  shownNeurons() {
    const { layers, image } = this.view.data;
    return layers.map((n, l) => {
      if (l === 0 && image && n > MOST) return mostInk(this.view.sample.x);
      const all = Array.from({ length: n }, (_, i) => i);
      return n <= MOST ? all : [...all.slice(0, MOST / 2 - 1), ...all.slice(1 - MOST / 2)];
    });
  }

  build(shown) {
    const focused = document.activeElement?.dataset?.place;
    const width = this.svg.clientWidth;
    const height = GAP * (1 + Math.max(...shown.map((s, l) => s.length + this.cut(s, l))));
    this.svg.setAttribute("height", height + 24);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height + 24}`);
    const left = this.view.data.image ? 26 : Math.min(130, width * 0.25);
    const right = width - Math.min(86, width * 0.2);
    this.place = (l, position, n) => ({
      x: left + ((right - left) * l) / (shown.length - 1),
      y: 24 + height / 2 + GAP * (position - (n - 1) / 2),
    });
    this.svg.replaceChildren();
    this.neurons = [];
    shown.forEach((numbers, l) => this.addLayer(numbers, l));
    this.edges = shown.slice(1).flatMap((_, l) => this.edgesInto(l));
    this.svg.prepend(...this.edges.map((edge) => edge.node));
    this.svg.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  cut(numbers, l) {
    return numbers.length < this.view.data.layers[l] ? 1 : 0;
  }

  addLayer(numbers, l) {
    const rows = numbers.length + this.cut(numbers, l);
    const { x } = this.place(l, 0, 1);
    const atEdge = l === 0 && this.view.data.image;
    const at = atEdge ? { x: x - RADIUS, class: "layer-name first" } : { x, class: "layer-name" };
    this.svg.append(svgElement("text", { y: 14, ...at }, this.heading(l)));
    numbers.forEach((i, k) => {
      const afterCut = rows > numbers.length && k >= numbers.length / 2;
      this.addNeuron(l - 1, i, this.place(l, k + (afterCut ? 1 : 0), rows));
    });
    if (rows > numbers.length) {
      const middle = this.place(l, Math.ceil(numbers.length / 2), rows);
      this.svg.append(
        svgElement("text", { x: middle.x, y: middle.y + 6, class: "cut" }, "⋮"),
      );
    }
  }

  heading(l) {
    const { layers } = this.view.data;
    const narrow = this.svg.clientWidth < 500;
    const name = narrow && l > 0 ? "" : `${this.view.layerName(l - 1)} · `;
    return `${name}${layers[l]}`;
  }

  addNeuron(layer, i, { x, y }) {
    const circle = svgElement("circle", { cx: x, cy: y, r: RADIUS });
    const disc = svgElement("circle", { cx: x, cy: y, r: RADIUS, class: "disc" });
    const node = svgElement("g", { class: "neuron", role: "button" }, disc, circle);
    node.dataset.place = `${layer},${i}`;
    const neuron = { layer, i, x, y, node, circle };
    if (layer === this.view.lastLayer || (layer < 0 && !this.view.data.image)) {
      neuron.label = this.labelOf(layer, i, x, y);
      node.append(neuron.label);
    }
    node.addEventListener("click", () => this.choose(layer, i));
    this.neurons.push(neuron);
    this.svg.append(node);
    if (neuron.label) shorten(neuron.label, Math.min(x, this.svg.clientWidth - x) - 15);
  }

  labelOf(layer, i, x, y) {
    const after = layer === this.view.lastLayer;
    const name = after ? this.view.outputName(i) : this.view.featureName(i);
    const at = { x: x + (after ? 15 : -15), y: y + 4, class: after ? "after" : "before" };
    return svgElement("text", at, name);
  }

  edgesInto(layer) {
    const below = this.neurons.filter((neuron) => neuron.layer === layer - 1);
    const here = this.neurons.filter((neuron) => neuron.layer === layer);
    return below.flatMap((from) =>
      here.map((to) => {
        const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
        const node = svgElement("line", { ...ends, class: "edge" });
        const index = this.view.network.weightIndex(layer, from.i, to.i);
        return { layer, from, to, index, node };
      }),
    );
  }

  fill({ layer, i, node, circle, label }) {
    const { view } = this;
    const a = view.activation(layer, i);
    const values = layer === view.lastLayer ? view.pass.p : view.pass.a[layer + 1];
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-12);
    const share = Math.abs(a) / (layer === view.lastLayer ? 1 : Math.max(largest, 1));
    const wanted = layer === view.lastLayer && view.sample.wanted[i] > 0.5;
    const chosen = layer === view.chosen.layer && i === view.chosen.j;
    const bias = layer < 0 ? 0 : view.nudges[view.network.biasIndex(layer, i)];
    circle.style.fillOpacity = Math.min(1, share);
    circle.classList.toggle("negative", a < 0);
    node.classList.toggle("wanted", wanted);
    node.classList.toggle("chosen", chosen);
    const nudged = view.mode === "nudges" && Math.abs(bias) > 0.2 * view.largest;
    node.classList.toggle("up", nudged && bias > 0);
    node.classList.toggle("down", nudged && bias < 0);
    node.setAttribute("tabindex", chosen ? 0 : -1);
    node.setAttribute("aria-pressed", chosen);
    const name = view.neuronName(layer, i);
    const key = wanted ? "neuronWanted" : "neuronLabel";
    node.setAttribute("aria-label", say(key, name, number(a)));
    label?.classList.toggle("wanted", wanted);
  }

  // Width and strength by size: of a weight within its layer, of a nudge among all.
  paintEdges() {
    const { view } = this;
    const values = view.mode === "nudges" ? view.nudges : view.learner.theta;
    const scales = view.network.shapes.map((shape, layer) =>
      view.mode === "nudges" ? view.largest : this.largestWeight(layer, shape),
    );
    for (const { layer, index, node } of this.edges) {
      const value = values[index];
      const share = scales[layer] > 0 ? Math.abs(value) / scales[layer] : 0;
      node.style.strokeWidth = 0.4 + 3.2 * share;
      node.style.strokeOpacity = value === 0 ? 0.04 : 0.06 + 0.9 * share ** 0.8;
      node.classList.toggle("negative", value < 0);
    }
  }

  largestWeight(layer, [fanIn, fanOut]) {
    const start = this.view.network.weightStart[layer];
    const weights = this.view.learner.theta.subarray(start, start + fanIn * fanOut);
    return weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  }

  // The edge under the pointer, unless a neuron is.
  point(event) {
    const box = this.svg.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    if (this.neurons.some((n) => Math.hypot(n.x - at.x, n.y - at.y) < RADIUS + 2)) {
      return this.highlight(null);
    }
    const distances = this.edges.map((edge) => distance(at, edge.from, edge.to));
    const nearest = Math.min(...distances);
    this.highlight(nearest < NEAR ? this.edges[distances.indexOf(nearest)] : null);
  }

  highlight(edge) {
    if (edge === this.lit) return;
    this.lit?.node.classList.remove("lit");
    this.lit = edge;
    if (!edge) return;
    edge.node.classList.add("lit");
    this.tell(this.view.edgeSentence(edge.layer, edge.from.i, edge.to.i));
  }

  // The edge from neuron i to neuron j of a layer, if it is drawn.
  highlightBetween(layer, i, j) {
    const same = (e) => e.layer === layer && e.from.i === i && e.to.i === j;
    this.highlight(this.edges.find(same) ?? null);
  }

  // Arrow keys go from neuron to neuron, Enter and space choose one.
  walk(event) {
    const [layer, i] = (event.target.dataset.place ?? "").split(",").map(Number);
    const here = this.neurons.find((n) => n.layer === layer && n.i === i);
    if (!here) return;
    if (event.key === "Enter" || event.key === " ") this.choose(layer, i);
    const next = this.neighbour(here, event.key);
    if (next) next.node.focus();
    if (next || event.key === " ") event.preventDefault();
  }

  neighbour(here, key) {
    const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const layer = this.neurons.filter((n) => n.layer === here.layer + (side ?? 0));
    if (step) return layer[layer.indexOf(here) + step];
    if (!side || !layer.length) return undefined;
    const away = layer.map((n) => Math.abs(n.y - here.y));
    return layer[away.indexOf(Math.min(...away))];
  }
}

// Cuts a text to so many pixels; what is wanted is bold, and a little wider.
function shorten(text, room) {
  const letters = [...text.textContent];
  while (letters.length > 1 && 1.1 * text.getComputedTextLength() > room) {
    letters.pop();
    text.textContent = `${letters.join("")}…`;
  }
}

function mostInk(x) {
  const order = Array.from(x, (value, i) => i);
  order.sort((i, j) => Math.abs(x[j]) - Math.abs(x[i]) || i - j);
  return order.slice(0, MOST_PIXELS).sort((i, j) => i - j);
}

// From a point to a line between two others.
function distance(at, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = ((at.x - from.x) * dx + (at.y - from.y) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(from.x + t * dx - at.x, from.y + t * dy - at.y);
}

// What widths and colours mean, in words.
export function drawLegend(mode) {
  $("legend").replaceChildren(
    element("span", { class: "key plus" }, say(`${mode}Plus`)),
    element("span", { class: "key minus" }, say(`${mode}Minus`)),
    element("span", {}, say(`${mode}Width`)),
  );
}
