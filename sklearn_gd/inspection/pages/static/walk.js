// Walks downhill, with the update rules that train the network.

import { generator } from "./basics.js";

// As in gradient_descent: the walk ends where no component of the slope is larger.
const FLAT = 1e-6;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

// The way from x that a rule takes for a slope g; state keeps what it remembers.
export const RULES = {
  plain: (g, { rate }) => g.map((g_i) => -rate * g_i),
  momentum(g, { rate, momentum }, state) {
    state.v = g.map((g_i, i) => momentum * (state.v?.[i] ?? 0) + g_i);
    return state.v.map((v_i) => -rate * v_i);
  },
  nesterov(g, { rate, momentum }, state) {
    state.v = g.map((g_i, i) => momentum * (state.v?.[i] ?? 0) + g_i);
    return g.map((g_i, i) => -rate * (g_i + momentum * state.v[i]));
  },
  adam(g, { rate }, state, t) {
    state.m = g.map((g_i, i) => BETA_1 * (state.m?.[i] ?? 0) + (1 - BETA_1) * g_i);
    state.v = g.map((g_i, i) => BETA_2 * (state.v?.[i] ?? 0) + (1 - BETA_2) * g_i * g_i);
    return g.map((_, i) => {
      const mean = state.m[i] / (1 - BETA_1 ** t);
      const size = Math.sqrt(state.v[i] / (1 - BETA_2 ** t));
      return (-rate * mean) / (size + EPSILON);
    });
  },
};

export class Walk {
  // settings: rate, momentum, and noise, the deviation of what is added to each
  // component of the slope
  constructor(expression, start, rule, settings) {
    Object.assign(this, { expression, rule, settings });
    this.state = {};
    this.random = generator(1);
    this.path = [start];
    this.values = [expression.value(start)];
    this.slope = expression.gradient(start);
    this.lost = !finite([this.values[0], ...this.slope]);
  }

  get steps() {
    return this.path.length - 1;
  }

  get arrived() {
    return this.slope.every((g) => Math.abs(g) <= FLAT);
  }

  get ended() {
    return this.lost || this.arrived;
  }

  // One step, unless the walk has ended; the last point is always a finite one.
  step() {
    if (this.ended) return;
    const x = this.path.at(-1);
    const seen = this.slope.map((g) => g + this.settings.noise * normal(this.random));
    const way = RULES[this.rule](seen, this.settings, this.state, this.steps + 1);
    const next = x.map((x_i, i) => x_i + way[i]);
    const value = this.expression.value(next);
    const slope = this.expression.gradient(next);
    this.lost = !finite([value, ...next, ...slope]);
    if (this.lost) return;
    this.path.push(next);
    this.values.push(value);
    this.slope = slope;
  }

  walk(steps) {
    for (let k = 0; k < steps && !this.ended; k++) this.step();
    return this;
  }
}

const finite = (numbers) => numbers.every(Number.isFinite);

// A normal number (Box and Muller).
function normal(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
