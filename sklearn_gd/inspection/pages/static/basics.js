// What both pages need: elements, words in two languages, numbers, random numbers.

export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

// A new element; attributes whose value is null are left out.
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svgElement(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Words: one table for both languages, with {0}, {1}, ... or {name} for what is filled in.

const words = JSON.parse($("words").textContent);
export const language = { now: "en" };

export function say(key, ...values) {
  const named = typeof values[0] === "object" ? values[0] : values;
  const text = words[key][language.now];
  return text.replace(/\{(\w+)\}/g, (whole, name) => named[name]);
}

// Fills every element that names its words, and those that name a label for the ear.
export function speak(name) {
  language.now = name;
  document.documentElement.lang = name === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-word]")) {
    node.textContent = say(node.dataset.word);
  }
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", say(node.dataset.label));
  }
}

// Numbers as people write them: three digits that count, and a real minus.
export function number(value, digits = 3) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const plain = size >= 1e-6 && size < 1e6;
  const text = plain
    ? value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))))
    : value.toExponential(digits - 1);
  return text.replaceAll("-", "−");
}

export const signed = (value) => (value > 0 ? "+" : "") + number(value);

// Random numbers that are the same whenever the page is opened (mulberry32).
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A canvas of the size that it has on the screen, ready to draw in its pixels.
export function sharp(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, width, height };
}

// A colour of the style sheet, which knows of light and dark.
export const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Calls draw now, and when the window or the colours change.
export function drawnAgain(draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("resize", draw);
}

// A curve in an SVG of 100 x 100 units: points as "x,y" pairs.
export function polyline(values, low, high) {
  const span = high - low || 1;
  const last = Math.max(1, values.length - 1);
  return values
    .map((v, k) => `${(100 * k) / last},${100 * (1 - (v - low) / span)}`)
    .join(" ");
}
