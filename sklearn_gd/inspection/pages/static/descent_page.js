// The page of a function: what is set, the walks that follow from it, and the address.

import { $, drawnAgain, element, language, number, polyline, say, speak } from "./basics.js";
import { Contour } from "./contour.js";
import { Expression } from "./expression.js";
import { Landscape } from "./landscape.js";
import { Surface } from "./surface.js";
import { RULES, Walk } from "./walk.js";

const MOST_STEPS = 1000;
// Milliseconds between two steps of a playing walk.
const PACE = 60;

const data = JSON.parse($("data").textContent);
const expression = new Expression(data.tape);
const landscape = new Landscape(expression, data.limits);
const contour = new Contour(landscape, moveBall, dropBall);
const surface = new Surface(landscape);
const START = {
  x: data.x,
  rate: data.rate,
  momentum: data.momentum,
  noise: 0,
  rule: "plain",
  race: false,
  steps: 0,
  turn: facing(expression.gradient(data.x)),
  lang: data.language,
};
// All that can be set. The walks follow from it and from nothing else.
const state = { ...START };
let walks = [];
let playing = null;

function refresh() {
  const rules = state.race ? Object.keys(RULES) : [state.rule];
  walks = rules.map((rule) => {
    const walk = new Walk(expression, state.x, rule, state);
    return walk.walk(state.steps);
  });
  contour.drawWays(walks, state.x, state.rate);
  surface.draw(walks, state.turn);
  drawHeights();
  drawTable();
  showControls();
  writeAddress();
}

// The angle from which a walk down this slope comes towards the eye.
function facing([right, up]) {
  return Math.round((Math.atan2(right, up) * 180) / Math.PI) || 0;
}

const allEnded = () => state.steps >= MOST_STEPS || walks.every((walk) => walk.ended);

// Steps

function step() {
  if (allEnded()) return stop();
  state.steps += 1;
  return refresh();
}

function play() {
  if (playing) return stop();
  if (allEnded()) state.steps = 0;
  playing = setInterval(step, PACE);
  return refresh();
}

function stop() {
  clearInterval(playing);
  playing = null;
  refresh();
}

function toTheEnd() {
  state.steps = MOST_STEPS;
  refresh();
  state.steps = Math.max(...walks.map((walk) => walk.steps));
  stop();
}

function again() {
  state.steps = 0;
  stop();
}

function moveBall(x) {
  clearInterval(playing);
  playing = null;
  state.x = x.map((x_i) => Number(x_i.toFixed(3)));
  state.steps = 0;
  refresh();
}

// The ball rolls when it is let go, unless its reader wants less motion.
function dropBall() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!calm && !playing && state.steps === 0) play();
}

// What is drawn below the map

function drawHeights() {
  const all = walks.flatMap((walk) => walk.values);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const longest = Math.max(1, ...walks.map((walk) => walk.steps));
  const lines = walks.map((walk) => {
    const share = walk.steps / longest;
    const points = polyline(walk.values, low, high)
      .split(" ")
      .map((point) => point.split(",").map(Number))
      .map(([x, y]) => `${x * share},${y}`)
      .join(" ");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("points", points);
    line.setAttribute("class", `walk-${walk.rule}`);
    return line;
  });
  $("heights").replaceChildren(...lines);
  $("highest").textContent = number(high);
  $("lowest").textContent = number(low);
}

function drawTable() {
  const rows = walks.map((walk) => {
    const steepness = Math.hypot(...walk.slope);
    const ending = walk.lost ? "lost" : walk.arrived ? "arrived" : "walking";
    const cells = [
      walk.steps,
      ...walk.path.at(-1).map((x_i) => number(x_i)),
      number(walk.values.at(-1), 4),
      number(steepness),
      say(ending),
    ];
    const name = element("span", { class: `key walk-${walk.rule}` }, say(walk.rule));
    const head = element("th", { scope: "row", role: "rowheader" }, name);
    const rest = cells.map((cell) => element("td", { role: "cell" }, String(cell)));
    return element("tr", { role: "row" }, head, ...rest);
  });
  $("walk-rows").replaceChildren(...rows);
}

function showControls() {
  $("rate").value = Math.log10(state.rate);
  $("rate-value").textContent = number(state.rate, 2);
  $("momentum").value = state.momentum;
  $("momentum-value").textContent = number(state.momentum, 2);
  $("noise").value = state.noise;
  $("noise-value").textContent = number(state.noise, 2);
  $("turn").value = state.turn;
  $("race").checked = state.race;
  $("rule").value = state.rule;
  $("rule").disabled = state.race;
  $("play").textContent = say(playing ? "pause" : "play");
  $("play").setAttribute("aria-pressed", playing !== null);
  $("arrow-key").hidden = state.race;
}

// The address: a link leads to this situation.

function writeAddress() {
  const parts = Object.entries(state)
    .filter(([name, value]) => String(value) !== String(START[name]))
    .map(([name, value]) => `${name}=${value}`);
  try {
    history.replaceState(null, "", `#${parts.join("&")}`);
  } catch {
    // A page inside a notebook has no address of its own.
  }
}

const READERS = {
  x: (text) => numbers(text.split(","), 2),
  rate: (text) => within(text, 1e-3, 10),
  momentum: (text) => within(text, 0, 0.99),
  noise: (text) => within(text, 0, 3),
  rule: (text) => (text in RULES ? text : undefined),
  race: (text) => text === "true",
  steps: (text) => Math.round(within(text, 0, MOST_STEPS)),
  turn: (text) => within(text, -180, 180),
  lang: (text) => (text === "zh" || text === "en" ? text : undefined),
};

function within(text, low, high) {
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}

function numbers(texts, n) {
  const values = texts.map(Number);
  return values.length === n && values.every(Number.isFinite) ? values : undefined;
}

// What an address does not say, or says wrongly, is as at the start.
function readAddress() {
  Object.assign(state, START);
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    const value = READERS[name]?.(text);
    if (value !== undefined && !Number.isNaN(value)) state[name] = value;
  }
  setLanguage(state.lang);
}

// Controls

function setLanguage(name) {
  state.lang = name;
  speak(name);
  $("language").textContent = say("otherLanguage");
  $("apart").textContent = say("apart", number(landscape.apart));
  const options = Object.keys(RULES).map((rule) =>
    element("option", { value: rule }, say(rule)),
  );
  $("rule").replaceChildren(...options);
  refresh();
}

function redraw() {
  contour.drawGround();
  refresh();
}

function setting(name, read) {
  return (event) => {
    state[name] = read(event.target);
    refresh();
  };
}

const round = (value) => Number(value.toPrecision(3));
const actions = {
  click: {
    step: () => {
      if (playing) stop();
      step();
    },
    play,
    end: toTheEnd,
    again,
    language: () => setLanguage(language.now === "en" ? "zh" : "en"),
  },
  input: {
    rate: setting("rate", (input) => round(10 ** Number(input.value))),
    momentum: setting("momentum", (input) => Number(input.value)),
    noise: setting("noise", (input) => Number(input.value)),
    turn: setting("turn", (input) => Number(input.value)),
  },
  change: {
    rule: setting("rule", (input) => input.value),
    race: setting("race", (input) => input.checked),
  },
};
for (const [event, handlers] of Object.entries(actions)) {
  for (const [id, action] of Object.entries(handlers)) {
    $(id).addEventListener(event, action);
  }
}

contour.drawGround();
readAddress();
addEventListener("hashchange", readAddress);
drawnAgain(redraw);

// For the console: what a curious reader may ask for its numbers.
globalThis.descentPage = { expression, state, walks: () => walks };
