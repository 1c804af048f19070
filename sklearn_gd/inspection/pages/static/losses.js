// Links, from the raw prediction of one sample to activations of the output neurons,
// and losses, which compare these with the wanted ones.

import { expit } from "./activations.js";

// log(1 / (1 + exp(-z)))
const logExpit = (z) => Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));

const LINKS = {
  softmax: {
    activation(raw) {
      const largest = Math.max(...raw);
      const powers = raw.map((r) => Math.exp(r - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map((power) => power / sum);
    },
    // dp_k / draw_j = p_k (1[k = j] - p_j)
    pullback(p, d) {
      const mean = p.reduce((total, p_k, k) => total + p_k * d[k], 0);
      return p.map((p_k, k) => p_k * (d[k] - mean));
    },
    // cost = -Σ t_k log p_k, gradient p - t
    crossEntropy(raw, wanted, p) {
      const largest = Math.max(...raw);
      const sum = raw.reduce((total, r) => total + Math.exp(r - largest), 0);
      const logSum = largest + Math.log(sum);
      return {
        terms: raw.map((r, k) => wanted[k] && wanted[k] * (logSum - r)),
        d: p.map((p_k, k) => p_k - wanted[k]),
      };
    },
  },
  logistic: {
    activation: (raw) => raw.map(expit),
    // dp / draw = p (1 - p)
    pullback: (p, d) => p.map((p_k, k) => d[k] * p_k * (1 - p_k)),
    // With s = ±1 for wanted and unwanted: cost = -Σ log p(s raw), gradient -s p(-s raw)
    crossEntropy(raw, wanted) {
      const signs = wanted.map((t) => 2 * t - 1);
      return {
        terms: raw.map((r, k) => -logExpit(signs[k] * r)),
        d: raw.map((r, k) => -signs[k] * expit(-signs[k] * r)),
      };
    },
  },
};

// What each output neuron adds to the cost of a sample, and the gradient for raw.
const LOSSES = {
  // copies is 2 where one output neuron stands for two classes: both squares are equal
  squared_error(link, raw, wanted, p, copies) {
    const apart = p.map((p_k, k) => p_k - wanted[k]);
    return {
      terms: apart.map((a) => copies * a * a),
      d: link.pullback(p, apart.map((a) => 2 * copies * a)),
    };
  },
  log_loss: (link, raw, wanted, p) => link.crossEntropy(raw, wanted, p),
};

export function lossOf(lossName, linkName, copies) {
  const link = LINKS[linkName];
  const loss = LOSSES[lossName];
  return (raw, wanted) => {
    const p = link.activation(raw);
    return { p, ...loss(link, raw, wanted, p, copies) };
  };
}
