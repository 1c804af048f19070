// The map: shades, contour lines, the ways, the ball and the arrow of its next step.

import { $, colour, number, say, sharp, svgElement } from "./basics.js";
import { ramp } from "./landscape.js";

// The ball moves by this share of the map for an arrow key.
const NUDGED = 1 / 40;
const KEYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class Contour {
  // moved(x) is called while the ball is moved, dropped() when it is let go.
  constructor(landscape, moved, dropped) {
    Object.assign(this, { landscape, moved, dropped });
    this.svg = $("ways");
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("pointermove", (event) => event.buttons && this.drag(event));
    this.svg.addEventListener("pointerup", () => this.dropped());
    this.svg.addEventListener("keydown", (event) => this.steer(event));
  }

  grab(event) {
    this.svg.setPointerCapture(event.pointerId);
    this.drag(event);
  }

  drag(event) {
    const box = this.svg.getBoundingClientRect();
    const u = (event.clientX - box.left) / box.width;
    const v = 1 - (event.clientY - box.top) / box.height;
    this.moved(this.landscape.at(inside(u), inside(v)));
  }

  steer(event) {
    const way = KEYS[event.key];
    if (event.key === "Enter") return this.dropped();
    if (!way) return undefined;
    event.preventDefault();
    const [u, v] = this.landscape.share(this.start);
    return this.moved(
      this.landscape.at(inside(u + NUDGED * way[0]), inside(v + NUDGED * way[1])),
    );
  }

  // The ground changes with the size and the colours only.
  drawGround() {
    const { context, width, height } = sharp($("ground"));
    Object.assign(this, { width, height });
    context.drawImage(this.shades(), 0, 0, width, height);
    context.strokeStyle = colour("contour");
    context.lineWidth = 0.8;
    for (const level of this.landscape.levels()) this.line(context, level);
  }

  shades() {
    const { heights } = this.landscape;
    const n = heights.length;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = n;
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(n, n);
    const shade = ramp();
    heights.forEach((row, j) =>
      row.forEach((height, i) => {
        if (!Number.isFinite(height)) return;
        const [r, g, b] = shade(this.landscape.relative(height));
        pixels.data.set([r, g, b, 255], 4 * ((n - 1 - j) * n + i));
      }),
    );
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  // One contour line, cell by cell (marching squares).
  line(context, level) {
    const { heights } = this.landscape;
    const cells = heights.length - 1;
    context.beginPath();
    for (let j = 0; j < cells; j++) {
      for (let i = 0; i < cells; i++) {
        const ends = crossings(heights, i, j, level);
        for (let k = 0; k + 1 < ends.length; k += 2) {
          context.moveTo(...this.pixel(ends[k].map((c) => c / cells)));
          context.lineTo(...this.pixel(ends[k + 1].map((c) => c / cells)));
        }
      }
    }
    context.stroke();
  }

  pixel([u, v]) {
    return [u * this.width, (1 - v) * this.height];
  }

  place(x) {
    return this.pixel(this.landscape.share(x));
  }

  drawWays(walks, start, rate) {
    this.start = start;
    const ways = walks.flatMap((walk) => this.way(walk));
    const arrows = walks.length === 1 ? this.arrows(walks[0], rate) : [];
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const [cx, cy] = this.place(start);
    const ball = svgElement("circle", { cx, cy, r: 9, class: "ball" });
    this.svg.replaceChildren(...ways, ...arrows, ball);
    const height = this.landscape.expression.value(start);
    const told = say("ballAt", ...start.map((x_i) => number(x_i)), number(height));
    this.svg.setAttribute("aria-valuenow", start[0]);
    this.svg.setAttribute("aria-valuetext", told);
  }

  // A light line below a coloured one, so that it can be seen on any ground.
  way(walk) {
    const points = walk.path.map((x) => this.place(x).map(bounded).join()).join(" ");
    const dots = walk.path.slice(-60).map((x) => {
      const [cx, cy] = this.place(x).map(bounded);
      return svgElement("circle", { cx, cy, r: 2.2, class: `dot walk-${walk.rule}` });
    });
    const [cx, cy] = this.place(walk.path.at(-1)).map(bounded);
    return [
      svgElement("polyline", { points, class: "halo" }),
      svgElement("polyline", { points, class: `way walk-${walk.rule}` }),
      ...dots,
      svgElement("circle", { cx, cy, r: 6, class: `head walk-${walk.rule}` }),
    ];
  }

  // -∇f where the ball is now, and -η∇f, the plain step that it makes of it: both to
  // the scale of the map.
  arrows(walk, rate) {
    const x = walk.path.at(-1);
    const whole = x.map((x_i, i) => x_i - walk.slope[i]);
    const step = x.map((x_i, i) => x_i - rate * walk.slope[i]);
    return [this.arrow(x, whole, "downhill"), this.arrow(x, step, "next-step")];
  }

  arrow(from, to, name) {
    const [x1, y1] = this.place(from).map(bounded);
    const [x2, y2] = this.place(to).map(bounded);
    const line = { x1, y1, x2, y2, class: name };
    const length = Math.hypot(x2 - x1, y2 - y1);
    const head = length < 8 ? null : `url(#${name})`;
    return svgElement("line", { ...line, "marker-end": head });
  }
}

const inside = (share) => Math.min(1, Math.max(0, share));

// What lies far outside is not drawn to scale any more.
const bounded = (pixel) => Math.min(1e5, Math.max(-1e5, pixel));

// Where a level crosses the edges of a cell, in pairs that belong together.
function crossings(heights, i, j, level) {
  const corners = [
    [i, j],
    [i + 1, j],
    [i + 1, j + 1],
    [i, j + 1],
  ];
  const over = corners.map(([a, b]) => heights[b][a] - level);
  const ends = [];
  for (let k = 0; k < 4; k++) {
    const [here, there] = [over[k], over[(k + 1) % 4]];
    if (here > 0 === there > 0 || !Number.isFinite(here - there)) continue;
    const share = here / (here - there);
    const [from, to] = [corners[k], corners[(k + 1) % 4]];
    ends.push(from.map((c, axis) => c + share * (to[axis] - c)));
  }
  return ends;
}
