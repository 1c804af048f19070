// What comes out, and what it costs.

import { $, element, number, say } from "./basics.js";

// Pixels of a square whose side is 1, and of a logarithm of 1.
const SIDE = 46;
const LOG_HEIGHT = 18;
const MOST_HEIGHT = 110;

export function drawOutputs(view) {
  const { pass, sample } = view;
  const answer = view.answerName(pass.p);
  const wanted = view.answerName(sample.wanted);
  $("answer").textContent = say(answer === wanted ? "right" : "wrong", answer, wanted);
  $("answer").classList.toggle("wrong", answer !== wanted);
  const rows = Array.from(pass.p, (p, k) => outputRow(view, p, k));
  $("outputs").replaceChildren(...rows);
}

function outputRow(view, p, k) {
  const name = view.outputName(k);
  const wanted = view.sample.wanted[k];
  const fill = element("span", { class: "fill", style: `width:${100 * clip(p)}%` });
  const tick = element("span", { class: "tick", style: `left:${100 * clip(wanted)}%` });
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, fill, tick);
  const label = say("outputLabel", name, number(p), number(wanted));
  return element(
    "li",
    { "aria-label": label, class: wanted > 0.5 ? "wanted" : null },
    element("span", { class: "name" }, name),
    bar,
    element("span", { class: "value" }, p.toFixed(3)),
  );
}

const clip = (share) => Math.min(1, Math.max(0, share));

export function drawCost(view) {
  const { pass, data } = view;
  const squares = data.loss === "squared_error";
  const draw = squares ? square : logarithm;
  const terms = pass.terms.map((term, k) => draw(term, view, k));
  $("cost-terms").replaceChildren(...terms);
  $("cost-terms").classList.toggle("squares", squares);
  $("cost-value").textContent = number(pass.cost, 4);
  const kind = squares ? "squares" : "logarithms";
  $("cost-words").textContent = say(data.copies > 1 && squares ? "twoSquares" : kind);
  const penalty = number(view.network.penalty(view.learner.theta));
  $("cost-l2").textContent = say("l2", penalty);
}

// The side is how far the activation is from the wanted one, the area what it costs.
function square(term, view, k) {
  const apart = Math.abs(view.pass.p[k] - view.sample.wanted[k]);
  const side = `${SIDE * apart}px`;
  return costTerm(view, term, k, `width:${side};height:${side}`);
}

function logarithm(term, view, k) {
  const height = Math.min(MOST_HEIGHT, LOG_HEIGHT * term);
  return costTerm(view, term, k, `width:14px;height:${height}px`);
}

function costTerm(view, term, k, style) {
  const name = view.outputName(k);
  const shape = element("span", { class: "shape", style });
  const label = say("termLabel", name, number(term));
  return element("li", { "aria-label": label, title: label }, shape, name);
}
