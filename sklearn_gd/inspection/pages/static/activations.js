// Activations: f(z) and its slope f'(z), given z and a = f(z).

export function expit(z) {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

// The normal distribution function Φ(z).
export function normalCdf(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const tail = (x < 3 ? 1 - erfSeries(x) : erfcFraction(x)) / 2;
  return z > 0 ? 1 - tail : tail;
}

// erf(x) = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms are positive.
function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

// erfc(x) = e^(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), for large x.
function erfcFraction(x) {
  let tail = x;
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

const normalDensity = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

export const ACTIVATIONS = {
  identity: {
    f: (z) => z,
    slope: () => 1,
  },
  logistic: {
    f: expit,
    slope: (z, a) => a * (1 - a),
  },
  tanh: {
    f: Math.tanh,
    slope: (z, a) => 1 - a * a,
  },
  relu: {
    f: (z) => Math.max(0, z),
    slope: (z) => (z > 0 ? 1 : 0),
  },
  leaky_relu: {
    f: (z, own) => Math.max(z, own.slope * z),
    slope: (z, a, own) => (z > 0 ? 1 : own.slope),
  },
  elu: {
    f: (z) => (z > 0 ? z : Math.expm1(z)),
    slope: (z, a) => 1 + Math.min(a, 0),
  },
  silu: {
    f: (z) => z * expit(z),
    slope: (z, a) => 1 - (1 - a) * expit(-z),
  },
  gelu: {
    f: (z) => z * normalCdf(z),
    slope: (z) => normalCdf(z) + z * normalDensity(z),
  },
};
