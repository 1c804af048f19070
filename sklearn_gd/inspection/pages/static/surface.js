// The surface, seen from above at an angle; what is behind is painted first.

import { $, colour, sharp } from "./basics.js";
import { ramp } from "./landscape.js";

const CELLS = 44;
const TILT = (50 * Math.PI) / 180;
// Height of the surface, in widths of the ground.
const TALL = 0.45;

export class Surface {
  constructor(landscape) {
    this.landscape = landscape;
    this.heights = landscape.grid(CELLS + 1);
  }

  // turn: the angle from which it is seen, in degrees
  draw(walks, turn) {
    const { context, width, height } = sharp($("surface"));
    const angle = (turn * Math.PI) / 180;
    Object.assign(this, { context, sin: Math.sin(angle), cos: Math.cos(angle) });
    this.scale = Math.min(width / 1.44, height / 1.36);
    this.middle = [width / 2, height / 2];
    const parts = [...this.cells(), ...walks.flatMap((walk) => this.way(walk))];
    parts.sort((one, other) => other.depth - one.depth);
    parts.forEach((part) => part.paint());
  }

  // Shares of ground and height as a pixel, and how far away that is.
  project(u, v, w) {
    const [x, y] = [u - 0.5, v - 0.5];
    const across = x * this.cos - y * this.sin;
    const depth = x * this.sin + y * this.cos;
    const up = depth * Math.sin(TILT) + TALL * (w - 0.5) * Math.cos(TILT);
    const [left, top] = this.middle;
    return { at: [left + this.scale * across, top - this.scale * up], depth };
  }

  cells() {
    const shade = ramp();
    const line = colour("contour");
    const cells = [];
    for (let j = 0; j < CELLS; j++) {
      for (let i = 0; i < CELLS; i++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const levels = corners.map(([a, b]) => this.relative(this.heights[b][a]));
        if (!levels.every(Number.isFinite)) continue;
        const points = corners.map(([a, b], k) =>
          this.project(a / CELLS, b / CELLS, levels[k]),
        );
        const depth = Math.max(...points.map((point) => point.depth));
        const mean = levels.reduce((sum, level) => sum + level, 0) / 4;
        const light = 1 - 0.5 * Math.max(0, levels[2] - levels[0]) * 4;
        const fill = shade(mean).map((channel) => channel * Math.max(0.75, light));
        cells.push({ depth, paint: () => this.paintCell(points, fill, line) });
      }
    }
    return cells;
  }

  relative(height) {
    return this.landscape.relative(height);
  }

  paintCell(points, fill, line) {
    const { context } = this;
    context.beginPath();
    points.forEach(({ at }, k) => (k ? context.lineTo(...at) : context.moveTo(...at)));
    context.closePath();
    context.fillStyle = `rgb(${fill})`;
    context.strokeStyle = line;
    context.lineWidth = 0.35;
    context.fill();
    context.stroke();
  }

  // The pieces of a way that lie on the drawn ground, and the ball at its end. They are
  // drawn with the cells, so that a hill hides what is behind it.
  way(walk) {
    const stroke = colour(`walk-${walk.rule}`);
    const points = walk.path.map((x, k) => this.onSurface(x, walk.values[k]));
    const pieces = points.slice(1).flatMap((to, k) => this.piece(points[k], to, stroke));
    const end = points.at(-1);
    if (!end) return pieces;
    return [...pieces, { depth: end.depth, paint: () => this.paintBall(end, stroke) }];
  }

  onSurface(x, value) {
    const [u, v] = this.landscape.share(x);
    if (u < 0 || u > 1 || v < 0 || v > 1) return null;
    const point = this.project(u, v, this.relative(value) + 0.012);
    return { ...point, depth: point.depth - 0.5 / CELLS };
  }

  // A light line below a coloured one, as on the map.
  piece(from, to, stroke) {
    if (!from || !to) return [];
    const depth = (from.depth + to.depth) / 2;
    const below = () => this.paintPiece(from, to, colour("halo"), 5, "butt");
    return [
      { depth: depth + 0.004, paint: below },
      { depth, paint: () => this.paintPiece(from, to, stroke, 2.6, "round") },
    ];
  }

  paintPiece(from, to, style, wide, cap) {
    const { context } = this;
    context.beginPath();
    context.moveTo(...from.at);
    context.lineTo(...to.at);
    Object.assign(context, { strokeStyle: style, lineWidth: wide, lineCap: cap });
    context.stroke();
  }

  paintBall({ at }, fill) {
    const { context } = this;
    context.beginPath();
    context.arc(...at, 7, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.strokeStyle = colour("halo");
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }
}
