// A function as a tape of operations: its value forwards, its gradient backwards.

// Each operation: its value, and its derivatives by its arguments, given these and the
// value.
const OPERATIONS = {
  positive: [(a) => a, () => [1]],
  negative: [(a) => -a, () => [-1]],
  add: [(a, b) => a + b, () => [1, 1]],
  subtract: [(a, b) => a - b, () => [1, -1]],
  multiply: [(a, b) => a * b, (a, b) => [b, a]],
  divide: [(a, b) => a / b, (a, b, v) => [1 / b, -v / b]],
  power: [
    (a, b) => a ** b,
    (a, b, v) => [b === 0 ? 0 : b * a ** (b - 1), a > 0 ? v * Math.log(a) : 0],
  ],
  reciprocal: [(a) => 1 / a, (a, v) => [-v * v]],
  square: [(a) => a * a, (a) => [2 * a]],
  sqrt: [Math.sqrt, (a, v) => [0.5 / v]],
  absolute: [Math.abs, (a) => [Math.sign(a)]],
  exp: [Math.exp, (a, v) => [v]],
  expm1: [Math.expm1, (a, v) => [v + 1]],
  log: [Math.log, (a) => [1 / a]],
  log1p: [Math.log1p, (a) => [1 / (1 + a)]],
  log2: [Math.log2, (a) => [1 / (a * Math.LN2)]],
  log10: [Math.log10, (a) => [1 / (a * Math.LN10)]],
  sin: [Math.sin, (a) => [Math.cos(a)]],
  cos: [Math.cos, (a) => [-Math.sin(a)]],
  tan: [Math.tan, (a, v) => [1 + v * v]],
  sinh: [Math.sinh, (a) => [Math.cosh(a)]],
  cosh: [Math.cosh, (a) => [Math.sinh(a)]],
  tanh: [Math.tanh, (a, v) => [1 - v * v]],
  arctan: [Math.atan, (a) => [1 / (1 + a * a)]],
  maximum: [Math.max, (a, b) => (a >= b ? [1, 0] : [0, 1])],
  minimum: [Math.min, (a, b) => (a <= b ? [1, 0] : [0, 1])],
};

export class Expression {
  constructor(tape) {
    this.tape = tape;
  }

  // The value of every entry of the tape at x.
  values(x) {
    const values = [];
    for (const [name, ...places] of this.tape) {
      if (name === "variable") values.push(x[places[0]]);
      else if (name === "number") values.push(places[0]);
      else values.push(OPERATIONS[name][0](...places.map((k) => values[k])));
    }
    return values;
  }

  value(x) {
    return this.values(x).at(-1);
  }

  // Backwards: what the value gains for a little more of each entry.
  gradient(x) {
    const values = this.values(x);
    const gains = values.map(() => 0);
    gains[gains.length - 1] = 1;
    const gradient = x.map(() => 0);
    for (let k = this.tape.length - 1; k >= 0; k--) {
      const [name, ...places] = this.tape[k];
      if (gains[k] === 0 || name === "number") continue;
      if (name === "variable") {
        gradient[places[0]] += gains[k];
        continue;
      }
      const slopes = OPERATIONS[name][1](...places.map((i) => values[i]), values[k]);
      places.forEach((i, argument) => (gains[i] += gains[k] * slopes[argument]));
    }
    return gradient;
  }
}
