// One neuron: its sum Σ w·a + b with live numbers, and its weights as an image.

import { $, colour, element, number, say, signed } from "./basics.js";

// Terms of the sum that are shown, the largest first.
const TERMS = 6;
const STRIP = 16;

// highlight(layer, i, j) marks an edge of the picture, tell(sentence) says it.
export function drawNeuron(view, highlight, tell) {
  const { layer, j } = view.chosen;
  $("neuron-name").textContent = view.neuronName(layer, j);
  const isInput = layer < 0;
  for (const id of ["terms", "weights-figure"]) $(id).hidden = isInput;
  if (isInput) {
    $("sum").textContent = say("inputIs", number(view.activation(layer, j)));
    return;
  }
  $("sum").textContent = sumInWords(view, layer, j);
  const rows = largestTerms(view, layer, j).map((term) =>
    termRow(view, layer, j, term, highlight, tell),
  );
  $("term-rows").replaceChildren(...rows, biasRow(view, layer, j));
  drawWeights(view, layer, j);
}

// z = Σ w·a + b, a = f(z), in numbers.
function sumInWords(view, layer, j) {
  const z = view.pass.z[layer][j];
  const bias = view.learner.theta[view.network.biasIndex(layer, j)];
  const last = layer === view.lastLayer;
  const name = last ? view.data.link : view.network.activations[layer].name;
  const a = number(view.activation(layer, j));
  const numbers = [number(z - bias), signed(bias), number(z)];
  return say("sum", ...numbers, say("functionNamed", name), a);
}

function largestTerms(view, layer, j) {
  const inputs = view.pass.a[layer];
  const terms = Array.from(inputs, (a, i) => {
    const index = view.network.weightIndex(layer, i, j);
    const w = view.learner.theta[index];
    return { i, a, index, w, product: w * a };
  });
  terms.sort((s, t) => Math.abs(t.product) - Math.abs(s.product) || s.i - t.i);
  return terms.slice(0, TERMS);
}

function termRow(view, layer, j, { i, a, index, w, product }, highlight, tell) {
  const name = element("button", { class: "link", type: "button" });
  name.textContent = view.neuronName(layer - 1, i);
  const show = () => {
    highlight(layer, i, j);
    tell(view.edgeSentence(layer, i, j));
  };
  name.addEventListener("focus", show);
  name.addEventListener("pointerenter", show);
  name.addEventListener("click", show);
  const cells = [number(w), number(a), signed(product), view.nudgeSentence(index)];
  return tableRow(name, cells);
}

function biasRow(view, layer, j) {
  const index = view.network.biasIndex(layer, j);
  const value = view.learner.theta[index];
  const cells = ["", "", signed(value), view.nudgeSentence(index)];
  return tableRow(say("bias"), cells);
}

// Roles, since on small screens the rows are laid out as a grid.
function tableRow(first, cells) {
  const head = element("th", { scope: "row", role: "rowheader" }, first);
  const rest = cells.map((cell) => element("td", { role: "cell" }, cell));
  return element("tr", { role: "row" }, head, ...rest);
}

function drawWeights(view, layer, j) {
  const [fanIn] = view.network.shapes[layer];
  const { image } = view.data;
  const isImage = layer === 0 && image;
  const columns = isImage ? image[1] : Math.min(STRIP, fanIn);
  const values = Array.from(
    { length: fanIn },
    (_, i) => view.learner.theta[view.network.weightIndex(layer, i, j)],
  );
  paintSigned($("weights"), values, columns);
  const largest = Math.max(...values.map(Math.abs));
  $("weights-caption").textContent = say("weightsCaption", number(largest));
}

// Numbers as squares: the colour is the sign, its strength the size.
function paintSigned(canvas, values, columns) {
  const rows = Math.ceil(values.length / columns);
  const side = Math.max(1, Math.floor(168 / Math.max(columns, rows)));
  canvas.width = columns * side;
  canvas.height = rows * side;
  const context = canvas.getContext("2d");
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const [plus, minus] = [colour("plus"), colour("minus")];
  values.forEach((value, k) => {
    context.globalAlpha = Math.abs(value) / largest;
    context.fillStyle = value > 0 ? plus : minus;
    context.fillRect((k % columns) * side, Math.floor(k / columns) * side, side, side);
  });
}
