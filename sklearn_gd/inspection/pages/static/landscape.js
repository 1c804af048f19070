// The function on a grid: heights, colours, and where its contour lines stand.

import { colour } from "./basics.js";

const ABOUT_LINES = 14;

export class Landscape {
  constructor(expression, limits) {
    this.expression = expression;
    [this.left, this.right] = limits[0];
    [this.bottom, this.top] = limits[1];
    this.heights = this.grid(97);
    const finite = this.heights.flat().filter(Number.isFinite);
    this.low = Math.min(...finite);
    this.high = Math.max(...finite);
    this.apart = niceStep((this.high - this.low) / ABOUT_LINES);
  }

  // heights[row][column], the lowest row first
  grid(n) {
    const steps = Array.from({ length: n }, (_, k) => k / (n - 1));
    return steps.map((v) => steps.map((u) => this.expression.value(this.at(u, v))));
  }

  // From shares of the width and height to x, and back.
  at(u, v) {
    return [
      this.left + u * (this.right - this.left),
      this.bottom + v * (this.top - this.bottom),
    ];
  }

  share([x, y]) {
    return [
      (x - this.left) / (this.right - this.left),
      (y - this.bottom) / (this.top - this.bottom),
    ];
  }

  // 0 at the lowest place, 1 at the highest.
  relative(height) {
    return (height - this.low) / (this.high - this.low || 1);
  }

  // Heights of the lines: equal steps, so that close lines mean steep.
  levels() {
    const first = Math.ceil(this.low / this.apart);
    const last = Math.floor(this.high / this.apart);
    const n = Math.max(0, last - first + 1);
    return Array.from({ length: n }, (_, k) => (first + k) * this.apart);
  }
}

// 1, 2 or 5 times a power of ten.
function niceStep(about) {
  if (!(about > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(about));
  return power * [1, 2, 5, 10].find((step) => step * power >= about * 0.999);
}

// The colours of valleys and of heights, mixed.
export function ramp() {
  const [low, high] = [rgb(colour("low")), rgb(colour("high"))];
  return (share) => low.map((channel, k) => channel + share * (high[k] - channel));
}

const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
