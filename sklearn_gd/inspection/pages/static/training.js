// What learns in the page: parameters, steps, the way back, and how well it does.

import { Network } from "./network.js";
import { generator } from "./basics.js";

const MOST_UNDONE = 100;

export class Learner {
  // samples: {x, wanted}; kind: what the outputs mean, as in Python
  constructor(network, theta, samples, kind) {
    Object.assign(this, { network, theta, samples, kind });
    this.rate = 0.2;
    this.batchSize = Math.min(32, samples.length);
    this.random = generator(1);
    this.waiting = [];
    this.past = [];
    this.steps = 0;
    this.curve = [this.evaluate()];
  }

  // Remembers the present, to which undo comes back.
  remember() {
    const { theta, steps, curve } = this;
    this.past.push({ theta, steps, curve: [...curve] });
    if (this.past.length > MOST_UNDONE) this.past.shift();
  }

  undo() {
    Object.assign(this, this.past.pop());
  }

  // Steps on samples; false where the parameters would no longer be finite.
  stepOn(samples) {
    const next = this.network.step(this.theta, samples, this.rate);
    if (!next.every(Number.isFinite)) return false;
    this.theta = next;
    this.steps += 1;
    return true;
  }

  stepOnBatch() {
    return this.stepOn(this.nextBatch());
  }

  // Rows come in a new random order in each epoch.
  nextBatch() {
    const size = Math.min(this.batchSize, this.samples.length);
    if (this.waiting.length < size) this.waiting = this.shuffled();
    return this.waiting.splice(0, size);
  }

  shuffled() {
    const order = [...this.samples];
    for (let k = order.length - 1; k > 0; k--) {
      const other = Math.floor(this.random() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }

  restart() {
    this.theta = this.network.randomStart(this.random);
    this.steps = 0;
    this.curve = [this.evaluate()];
  }

  // Adds the present to the curve; false where its cost is no number any more.
  record() {
    const point = this.evaluate();
    if (!Number.isFinite(point.cost)) return false;
    this.curve.push(point);
    return true;
  }

  // Goes back to the last point of the curve.
  takeBack() {
    const { theta, steps } = this.now;
    Object.assign(this, { theta, steps });
  }

  get now() {
    return this.curve.at(-1);
  }

  // Where it is: cost with L2 and accuracy on all samples, the cost of each, which are
  // right.
  evaluate() {
    const passes = this.samples.map((s) => this.network.sample(this.theta, s));
    const costs = passes.map((pass) => pass.cost);
    const right = passes.map((pass, row) =>
      sameAnswer(this.answer(pass.p), this.answer(this.samples[row].wanted)),
    );
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    const accuracy = right.filter(Boolean).length / right.length;
    const cost = mean + this.network.penalty(this.theta);
    return { theta: this.theta, steps: this.steps, cost, accuracy, costs, right };
  }

  // The numbers of the classes that activations, or wanted activations, stand for.
  answer(p) {
    return ANSWERS[this.kind](Array.from(p));
  }
}

const ANSWERS = {
  binary: (p) => [p[0] > 0.5 ? 1 : 0],
  multiclass: (p) => [p.indexOf(Math.max(...p))],
  multilabel: (p) => p.flatMap((p_k, k) => (p_k > 0.5 ? [k] : [])),
};

const sameAnswer = (one, other) => one.join() === other.join();

// The network and the samples of a page.
export function learnerOf(data, theta, rows, wanted) {
  const network = new Network(data);
  const samples = rows.map((x, row) => ({ x, wanted: Array.from(wanted[row]), row }));
  return new Learner(network, theta, samples, data.kind);
}
