// What goes in: a canvas for images, sliders for tables, and the rows of the page.

import { $, colour, element, number, say, sharp } from "./basics.js";

// Images in the sheet of rows; the buttons reach all of them.
const MOST_TILES = 600;
const TILE = 28;

export class Input {
  // changed() is called when the user has changed the sample, look(row) to see a row.
  constructor(view, changed, look) {
    Object.assign(this, { view, changed, look });
    this.range = rangeOf(view.learner.samples);
    this.cursor = { row: 0, column: 0 };
    const { image } = view.data;
    $("drawing").hidden = !image;
    $("sheet-box").hidden = !image;
    if (image) this.setUpCanvas();
    else this.setUpSliders();
    this.setUpWanted();
  }

  draw() {
    if (this.view.data.image) this.paint();
    else this.sliders.forEach((slider, i) => slider.show(this.view.sample.x[i]));
    this.showWanted();
    this.paintSheet();
    const { row, learner } = this.view;
    const n = learner.samples.length;
    $("row").textContent = row === null ? say("changed") : say("row", row + 1, n);
  }

  // The canvas

  setUpCanvas() {
    const canvas = $("canvas");
    const down = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = this.pixelAt(event);
      this.stroke(event);
    };
    const move = (event) => event.buttons && this.stroke(event);
    canvas.addEventListener("pointerdown", down);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("keydown", (event) => this.steer(event));
    canvas.addEventListener("focus", () => this.paint());
    canvas.addEventListener("blur", () => this.paint());
    $("clear").addEventListener("click", () => this.clear());
    $("centre").addEventListener("click", () => this.centre());
    $("sheet").addEventListener("click", (event) => this.pick(event));
  }

  pixelAt(event) {
    const [height, width] = this.view.data.image;
    const box = $("canvas").getBoundingClientRect();
    return {
      row: ((event.clientY - box.top) / box.height) * height - 0.5,
      column: ((event.clientX - box.left) / box.width) * width - 0.5,
    };
  }

  // Ink along the way of the pointer, so that a fast hand leaves no gaps.
  stroke(event) {
    const to = this.pixelAt(event);
    const from = this.last;
    const way = Math.hypot(to.row - from.row, to.column - from.column);
    const parts = Math.max(1, Math.ceil(2 * way));
    for (let k = 1; k <= parts; k++) {
      const share = k / parts;
      this.ink({
        row: from.row + share * (to.row - from.row),
        column: from.column + share * (to.column - from.column),
      });
    }
    this.last = to;
    this.touched();
  }

  // A soft pen, about a twelfth of the image wide.
  ink(at) {
    const [height, width] = this.view.data.image;
    const pen = Math.max(0.9, Math.max(height, width) / 24);
    const [low, high] = this.range;
    const { x } = this.view.sample;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const away = Math.hypot(row - at.row, column - at.column);
        const share = Math.min(1, Math.max(0, pen + 0.5 - away));
        const value = low + share * (high - low);
        const i = row * width + column;
        if (share > 0 && value > x[i]) x[i] = value;
      }
    }
  }

  touched() {
    this.view.row = null;
    this.changed();
  }

  clear() {
    this.view.sample.x.fill(this.range[0]);
    this.touched();
  }

  // Moves the ink so that its centre of mass lies in the middle, as in most data.
  centre() {
    const [height, width] = this.view.data.image;
    const [low] = this.range;
    const { x } = this.view.sample;
    const mass = Array.from(x, (value) => value - low);
    const total = mass.reduce((sum, m) => sum + m, 0);
    if (total <= 0) return;
    const middle = (of) => mass.reduce((sum, m, i) => sum + m * of(i), 0) / total;
    const down = Math.round((height - 1) / 2 - middle((i) => Math.floor(i / width)));
    const right = Math.round((width - 1) / 2 - middle((i) => i % width));
    const old = x.slice();
    x.forEach((_, i) => {
      const row = Math.floor(i / width) - down;
      const column = (i % width) - right;
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      x[i] = inside ? old[row * width + column] : low;
    });
    this.touched();
  }

  // Arrow keys move a pen that space puts down; Delete clears.
  steer(event) {
    const [height, width] = this.view.data.image;
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const way = ways[event.key];
    if (way) {
      this.cursor.row = Math.min(height - 1, Math.max(0, this.cursor.row + way[0]));
      this.cursor.column = Math.min(width - 1, Math.max(0, this.cursor.column + way[1]));
    }
    const inks = event.key === " " || (way && event.shiftKey);
    if (inks) this.ink(this.cursor);
    if (event.key === "Delete") return this.clear();
    if (way || inks) event.preventDefault();
    if (inks) this.touched();
    else if (way) this.paint();
  }

  paint() {
    const [height, width] = this.view.data.image;
    const { context, width: across, height: down } = sharp($("canvas"));
    paintImage(context, this.view.sample.x, this.range, [height, width], {
      left: 0,
      top: 0,
      across,
      down,
    });
    if (document.activeElement !== $("canvas")) return;
    const [w, h] = [across / width, down / height];
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    context.strokeRect(this.cursor.column * w, this.cursor.row * h, w, h);
  }

  // The sheet: all rows as small images; those that are read wrongly are marked.

  paintSheet() {
    const { image } = this.view.data;
    if (!image) return;
    const canvas = $("sheet");
    const shown = this.view.learner.samples.slice(0, MOST_TILES);
    this.columns = Math.max(1, Math.floor(canvas.parentElement.clientWidth / TILE));
    canvas.style.width = `${this.columns * TILE}px`;
    canvas.style.height = `${Math.ceil(shown.length / this.columns) * TILE}px`;
    const { context } = sharp(canvas);
    const { right } = this.view.learner.now;
    this.tilesOf(shown).forEach((tile, row) => {
      const left = (row % this.columns) * TILE;
      const top = Math.floor(row / this.columns) * TILE;
      context.drawImage(tile, left + 2, top + 2);
      if (right[row] && row !== this.view.row) return;
      context.lineWidth = 2;
      context.strokeStyle = colour(row === this.view.row ? "accent" : "wrong");
      context.strokeRect(left + 1, top + 1, TILE - 2, TILE - 2);
    });
  }

  // Rows do not change: their images are drawn once for each colour of ink.
  tilesOf(shown) {
    const ink = colour("ink");
    if (this.tilesInk !== ink) {
      const side = TILE - 4;
      const box = { left: 0, top: 0, across: side, down: side };
      this.tilesInk = ink;
      this.tiles = shown.map((sample) => {
        const tile = element("canvas", { width: side, height: side });
        const { image } = this.view.data;
        paintImage(tile.getContext("2d"), sample.x, this.range, image, box);
        return tile;
      });
    }
    return this.tiles;
  }

  pick(event) {
    const column = Math.floor(event.offsetX / TILE);
    const row = Math.floor(event.offsetY / TILE) * this.columns + column;
    if (row < Math.min(MOST_TILES, this.view.learner.samples.length)) this.look(row);
  }

  // Sliders

  setUpSliders() {
    const { samples } = this.view.learner;
    this.sliders = Array.from(samples[0].x, (_, i) => {
      const [low, high] = rangeOf(samples.map((sample) => ({ x: [sample.x[i]] })));
      return this.slider(i, low, high === low ? low + 1 : high);
    });
    $("sliders").replaceChildren(...this.sliders.map((slider) => slider.node));
  }

  slider(i, low, high) {
    const range = { type: "range", min: low, max: high, step: "any" };
    const input = element("input", range);
    const value = element("output");
    const name = element("span", { class: "name" }, this.view.featureName(i));
    const node = element("label", {}, name, input, value);
    input.addEventListener("input", () => {
      this.view.sample.x[i] = Number(input.value);
      this.touched();
    });
    const show = (x) => {
      if (Number(input.value) !== x) input.value = x;
      value.textContent = number(x);
    };
    return { node, show };
  }

  // What is wanted: one class of several, or some of the labels.

  setUpWanted() {
    const { kind, classes } = this.view.data;
    const many = kind === "multilabel";
    const boxes = classes.map((name, k) => {
      const box = element("input", { type: many ? "checkbox" : "radio", name: "wanted" });
      box.addEventListener("change", () => this.want(k, box.checked));
      return { box, node: element("label", {}, box, name) };
    });
    this.boxes = boxes.map(({ box }) => box);
    $("wanted").replaceChildren(...boxes.map(({ node }) => node));
  }

  want(k, checked) {
    const { kind } = this.view.data;
    const { wanted } = this.view.sample;
    if (kind === "multilabel") wanted[k] = checked ? 1 : 0;
    else if (kind === "binary") wanted[0] = k;
    else wanted.fill(0)[k] = 1;
    this.touched();
  }

  showWanted() {
    const { learner, sample } = this.view;
    const wanted = new Set(learner.answer(sample.wanted));
    this.boxes.forEach((box, k) => (box.checked = wanted.has(k)));
  }
}

// The least and the largest value.
function rangeOf(samples) {
  let [low, high] = [Infinity, -Infinity];
  for (const { x } of samples) {
    for (const value of x) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

// Draws an image of ink into a box: in its own size first, then enlarged.
function paintImage(context, x, [low, high], [height, width], box) {
  const canvas = element("canvas", { width, height });
  const small = canvas.getContext("2d");
  const pixels = small.createImageData(width, height);
  x.forEach((value, i) => {
    pixels.data[4 * i + 3] = (255 * (value - low)) / (high - low || 1);
  });
  small.putImageData(pixels, 0, 0);
  small.globalCompositeOperation = "source-in";
  small.fillStyle = colour("ink");
  small.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = box.across < width;
  context.fillStyle = colour("paper");
  context.fillRect(box.left, box.top, box.across, box.down);
  context.drawImage(canvas, box.left, box.top, box.across, box.down);
}
