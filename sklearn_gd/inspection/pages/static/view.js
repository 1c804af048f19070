// What the page shows at the moment, and what things are called.

import { number, say } from "./basics.js";

// A nudge of this size is tried when a sentence says what it brings.
const NUDGE = 0.1;

export class View {
  constructor(data, learner) {
    this.data = data;
    this.learner = learner;
    this.network = learner.network;
    this.mode = "weights";
    this.look(0);
    this.chosen = { layer: 0, j: this.mostActive(0) };
  }

  mostActive(layer) {
    const sizes = Array.from(this.pass.a[layer + 1], Math.abs);
    return sizes.indexOf(Math.max(...sizes));
  }

  // A copy of a row, so that drawing on it leaves the row as it is.
  look(row) {
    const { x, wanted } = this.learner.samples[row];
    this.row = this.lastRow = row; // row is null for what the user has changed
    this.sample = { x: x.slice(), wanted: [...wanted] };
    this.update();
  }

  // Follows the sample and the parameters.
  update() {
    const { theta } = this.learner;
    this.pass = this.network.sample(theta, this.sample);
    const gradient = this.network.dataGradient(theta, [this.sample]);
    this.nudges = gradient.map((component) => (component === 0 ? 0 : -component));
    this.largest = this.nudges.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  }

  get lastLayer() {
    return this.network.shapes.length - 1;
  }

  // Layer -1 is the input, 0 the first hidden layer.
  activation(layer, i) {
    return layer === this.lastLayer ? this.pass.p[i] : this.pass.a[layer + 1][i];
  }

  layerName(layer) {
    if (layer < 0) return say("input");
    return layer === this.lastLayer ? say("output") : say("hidden", { number: layer + 1 });
  }

  neuronName(layer, i) {
    if (layer < 0) return this.featureName(i);
    if (layer === this.lastLayer) {
      return say("output_neuron", { label: this.outputName(i) });
    }
    return say("neuron", { layer: this.layerName(layer), i });
  }

  featureName(i) {
    const { features, image } = this.data;
    if (image) return say("pixel", Math.floor(i / image[1]), i % image[1]);
    return features ? features[i] : `x${i}`;
  }

  // The only output of two classes stands for the second.
  outputName(k) {
    return this.data.classes[this.data.kind === "binary" ? 1 : k];
  }

  answerName(p) {
    const names = this.learner.answer(p).map((k) => this.data.classes[k]);
    return names.length ? names.join(", ") : say("none");
  }

  // Which way a parameter should go, and how much that matters to this sample.
  nudgeWords(index) {
    const component = this.nudges[index];
    if (component === 0) return say("stay");
    const relative = Math.abs(component) / this.largest;
    const level = relative >= 0.5 ? 2 : relative >= 0.2 ? 1 : 0;
    return say(component > 0 ? "increase" : "decrease", { size: say(`size${level}`) });
  }

  // The same with what a nudge of 0.1 brings, tried out and not estimated.
  nudgeSentence(index) {
    if (this.nudges[index] === 0) return this.nudgeWords(index);
    const nudge = NUDGE * Math.sign(this.nudges[index]);
    const theta = this.learner.theta.slice();
    theta[index] += nudge;
    const gain = this.pass.cost - this.network.sample(theta, this.sample).cost;
    const brings = say(gain >= 0 ? "lowers" : "raises", number(Math.abs(gain), 2));
    const sign = nudge > 0 ? "+" : "−";
    return say("nudge", this.nudgeWords(index), `${sign}${NUDGE}`, brings);
  }

  edgeSentence(layer, i, j) {
    const index = this.network.weightIndex(layer, i, j);
    const ends = [this.neuronName(layer - 1, i), this.neuronName(layer, j)];
    const value = number(this.learner.theta[index]);
    return say("edge", ...ends, value, this.nudgeSentence(index));
  }
}
