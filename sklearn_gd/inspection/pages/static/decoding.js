// From the text that Python wrote to the numbers it stands for.

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Single precision, the least significant byte first, as float64.
export function decodeVector(text) {
  const view = new DataView(bytesOf(text).buffer);
  return Float64Array.from({ length: view.byteLength / 4 }, (_, k) =>
    view.getFloat32(4 * k, true),
  );
}

// Rows of numbers: bytes that point into a palette, or single precision.
export function decodeRows({ n_columns: n, palette, text }) {
  const values = palette
    ? Float64Array.from(bytesOf(text), (code) => palette[code])
    : decodeVector(text);
  return Array.from({ length: values.length / n }, (_, row) =>
    values.slice(n * row, n * (row + 1)),
  );
}
