// The page of a network: its parts, its buttons, and what happens between them.

import { $, drawnAgain, language, number, polyline, say, speak } from "./basics.js";
import { decodeRows, decodeVector } from "./decoding.js";
import { Input } from "./drawing.js";
import { drawNeuron } from "./neuron.js";
import { drawCost, drawOutputs } from "./outputs.js";
import { drawLegend, Picture } from "./picture.js";
import { learnerOf } from "./training.js";
import { View } from "./view.js";

// Between two pictures: at most so many milliseconds of steps, and so many steps.
const BUSY = 12;
const MOST_STEPS = 50;
// Milliseconds between two pictures for those who want less motion.
const CALM = 600;

const data = JSON.parse($("data").textContent);
const theta = decodeVector(data.theta);
const learner = learnerOf(data, theta, decodeRows(data.X), decodeRows(data.wanted));
const view = new View(data, learner);
const picture = new Picture(view, choose, tell);
const input = new Input(view, refresh, look);
let playing = false;

function refresh() {
  view.update();
  input.draw();
  picture.draw();
  drawOutputs(view);
  drawCost(view);
  drawNeuron(view, (...edge) => picture.highlightBetween(...edge), tell);
  drawCurve();
  $("undo").disabled = learner.past.length === 0 || playing;
}

function tell(sentence) {
  $("told").textContent = sentence;
}

function choose(layer, j) {
  view.chosen = { layer, j };
  refresh();
}

function look(row) {
  const n = learner.samples.length;
  view.look((row + n) % n);
  refresh();
}

// Steps

function act(change) {
  learner.remember();
  if (change() === false || !learner.record()) {
    learner.undo();
    tell(say("tooLong"));
  }
  refresh();
}

function restart() {
  learner.remember();
  learner.restart();
  refresh();
}

function play() {
  playing = !playing;
  if (playing) learner.remember();
  showPlaying();
  if (playing) playOn();
}

function showPlaying() {
  $("play").textContent = say(playing ? "pause" : "play");
  $("play").setAttribute("aria-pressed", playing);
  $("answer").setAttribute("aria-live", playing ? "off" : "polite");
  for (const id of ["step", "batch", "restart"]) $(id).disabled = playing;
  $("undo").disabled = playing || learner.past.length === 0;
}

function playOn() {
  if (!playing) return;
  if (!walked() || !learner.record()) {
    learner.takeBack();
    tell(say("tooLong"));
    play();
  }
  refresh();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (calm) setTimeout(playOn, CALM);
  else requestAnimationFrame(playOn);
}

// Steps until it is time for a picture; false if one of them was too long.
function walked() {
  const end = performance.now() + BUSY;
  for (let k = 0; k < MOST_STEPS && (k === 0 || performance.now() < end); k++) {
    if (!learner.stepOnBatch()) return false;
  }
  return true;
}

function drawCurve() {
  const costs = learner.curve.map((point) => point.cost);
  const highest = Math.max(...costs);
  const { cost, accuracy, steps } = learner.now;
  $("cost-line").setAttribute("points", polyline(costs, 0, highest));
  const accuracies = learner.curve.map((point) => point.accuracy);
  $("accuracy-line").setAttribute("points", polyline(accuracies, 0, 1));
  $("cost-top").textContent = number(highest);
  const percent = (100 * accuracy).toFixed(1);
  const told = say("state", steps, number(cost, 4), percent, learner.samples.length);
  $("state").textContent = told;
}

// What is above the page, and the buttons

function drawHead() {
  const names = [...new Set(data.activations.map((own) => own.name))];
  const functions = names.length ? names.join(", ") : say("noHidden");
  const parameters = learner.network.nParameters.toLocaleString("en");
  const layers = data.layers.join(" – ");
  $("summary").textContent = say("summary", layers, functions, data.link, parameters);
  $("language").textContent = say("otherLanguage");
  drawLegend(view.mode);
  showPlaying();
}

function setMode(mode) {
  view.mode = mode;
  drawLegend(mode);
  refresh();
}

function setLanguage(name) {
  speak(name);
  drawHead();
  tell(say("hint"));
  picture.plan = null;
  if (input.sliders) input.setUpSliders();
  refresh();
}

function setRate() {
  learner.rate = 10 ** Number($("rate").value);
  $("rate-value").textContent = number(learner.rate, 2);
}

function setBatchSize() {
  const rows = Math.round(Number($("batch-size").value)) || 1;
  learner.batchSize = Math.min(learner.samples.length, Math.max(1, rows));
  $("batch-size").value = learner.batchSize;
}

function mostExpensive() {
  const { costs } = learner.now;
  look(costs.indexOf(Math.max(...costs)));
}

function listen(event, actions) {
  for (const [id, action] of Object.entries(actions)) {
    $(id).addEventListener(event, action);
  }
}

listen("click", {
  step: () => act(() => learner.stepOn([view.sample])),
  batch: () => act(() => learner.stepOnBatch()),
  play,
  restart,
  undo: () => {
    learner.undo();
    refresh();
  },
  before: () => look(view.lastRow - 1),
  next: () => look(view.lastRow + 1),
  costly: mostExpensive,
  language: () => setLanguage(language.now === "en" ? "zh" : "en"),
});
listen("change", {
  "mode-weights": () => setMode("weights"),
  "mode-nudges": () => setMode("nudges"),
  "batch-size": setBatchSize,
});
listen("input", { rate: setRate });

$("batch-size").max = learner.samples.length;
$("batch-size").value = learner.batchSize;
$("rate").value = Math.log10(learner.rate);
setRate();
setLanguage(data.language);
drawnAgain(refresh);

// For the console: what a curious reader may ask for its numbers.
globalThis.networkPage = { learner, view };
