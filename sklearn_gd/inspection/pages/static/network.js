// The network: activations, cost and gradient, in float64.
//
// One flat vector theta = [W1 .. WL | b1 .. bL] holds all parameters, as parameters_
// does; the weight from neuron i to neuron j of a layer is W[i * fanOut + j].

import { ACTIVATIONS } from "./activations.js";
import { lossOf } from "./losses.js";

export class Network {
  // layers: numbers of neurons; activations: {name, gain, ...settings} of hidden layers
  constructor({ layers, activations, link, loss, copies, alpha, inputScale }) {
    this.layers = layers;
    this.alpha = alpha;
    this.inputScale = inputScale;
    this.activations = [...activations, { name: "identity", gain: 1 }];
    this.loss = lossOf(loss, link, copies);
    this.shapes = layers.slice(1).map((fanOut, l) => [layers[l], fanOut]);
    this.place();
  }

  // Where the weights and biases of each layer stand in theta.
  place() {
    let start = 0;
    this.weightStart = this.shapes.map(([fanIn, fanOut]) => {
      const here = start;
      start += fanIn * fanOut;
      return here;
    });
    this.nWeights = start;
    this.biasStart = this.shapes.map(([, fanOut]) => {
      const here = start;
      start += fanOut;
      return here;
    });
    this.nParameters = start;
  }

  weightIndex(layer, i, j) {
    return this.weightStart[layer] + i * this.shapes[layer][1] + j;
  }

  biasIndex(layer, j) {
    return this.biasStart[layer] + j;
  }

  // Weighted sums z and activations a of every layer; a[0] is x, and the last of a the
  // raw prediction.
  forward(theta, x) {
    const z = [];
    const a = [x];
    this.shapes.forEach(([, fanOut], l) => {
      const bias = this.biasStart[l];
      const sums = theta.slice(bias, bias + fanOut);
      addProduct(sums, a[l], theta, this.weightStart[l]);
      const own = this.activations[l];
      const { f } = ACTIVATIONS[own.name];
      z.push(sums);
      a.push(sums.map((value) => f(value, own)));
    });
    return { z, a };
  }

  // A sample on its way through: z, a, activations p of the output neurons, what each
  // of them adds to the cost, and the cost without L2.
  sample(theta, { x, wanted }) {
    const { z, a } = this.forward(theta, x);
    const { p, terms, d } = this.loss(Array.from(a.at(-1)), wanted);
    const cost = terms.reduce((total, term) => total + term, 0);
    return { z, a, p, terms, d, cost };
  }

  // Adds to grad the gradient of the cost of the sample, times scale.
  backward(theta, { z, a, d }, grad, scale) {
    let delta = Float64Array.from(d, (value) => value * scale);
    for (let l = this.shapes.length - 1; l >= 0; l--) {
      const start = this.weightStart[l];
      addOuter(grad, a[l], delta, start);
      delta.forEach((value, j) => (grad[this.biasStart[l] + j] += value));
      if (l === 0) return;
      const own = this.activations[l - 1];
      const { slope } = ACTIVATIONS[own.name];
      const next = delta;
      delta = a[l].map((value, i) => {
        const pulled = dotRow(theta, start + i * next.length, next);
        return pulled * slope(z[l - 1][i], value, own);
      });
    }
  }

  // The strength of L2 for weight k. Those of the first layer are penalised as
  // weights of the scaled input.
  strength(k) {
    const first = k < this.layers[0] * this.layers[1];
    return first ? this.alpha / this.inputScale ** 2 : this.alpha;
  }

  // Σ strength weight² / 2
  penalty(theta) {
    let sum = 0;
    for (let k = 0; k < this.nWeights; k++) sum += this.strength(k) * theta[k] ** 2;
    return sum / 2;
  }

  // The mean cost of samples with L2.
  cost(theta, samples) {
    const costs = samples.map((sample) => this.sample(theta, sample).cost);
    const sum = costs.reduce((total, cost) => total + cost, 0);
    return sum / samples.length + this.penalty(theta);
  }

  // What the samples ask for: the gradient of their mean cost without L2.
  dataGradient(theta, samples) {
    const grad = new Float64Array(this.nParameters);
    for (const sample of samples) {
      this.backward(theta, this.sample(theta, sample), grad, 1 / samples.length);
    }
    return grad;
  }

  // The gradient of `cost`.
  gradient(theta, samples) {
    const grad = this.dataGradient(theta, samples);
    for (let k = 0; k < this.nWeights; k++) grad[k] += this.strength(k) * theta[k];
    return grad;
  }

  // One step of plain gradient descent: the next parameters.
  step(theta, samples, rate) {
    const grad = this.gradient(theta, samples);
    return theta.map((value, k) => value - rate * grad[k]);
  }

  // The start of the picture: every weight and every bias random.
  randomStart(random) {
    const theta = new Float64Array(this.nParameters);
    this.shapes.forEach(([fanIn, fanOut], l) => {
      const limit = this.activations[l].gain * Math.sqrt(6 / (fanIn + fanOut));
      const fill = (start, n) => {
        for (let k = start; k < start + n; k++) theta[k] = limit * (2 * random() - 1);
      };
      fill(this.weightStart[l], fanIn * fanOut);
      fill(this.biasStart[l], fanOut);
    });
    return theta;
  }
}

// sums[j] += Σ_i a[i] W[i, j]; inputs of 0, as most pixels are, cost nothing.
function addProduct(sums, a, theta, start) {
  const n = sums.length;
  for (let i = 0; i < a.length; i++) {
    const value = a[i];
    if (value === 0) continue;
    const row = start + i * n;
    for (let j = 0; j < n; j++) sums[j] += value * theta[row + j];
  }
}

// grad[i, j] += a[i] delta[j]
function addOuter(grad, a, delta, start) {
  const n = delta.length;
  for (let i = 0; i < a.length; i++) {
    const value = a[i];
    if (value === 0) continue;
    const row = start + i * n;
    for (let j = 0; j < n; j++) grad[row + j] += value * delta[j];
  }
}

function dotRow(theta, start, delta) {
  let sum = 0;
  for (let j = 0; j < delta.length; j++) sum += theta[start + j] * delta[j];
  return sum;
}
