// One shape for each state, in a 40 by 40 box: as SVG beside words, and on a canvas for the map. There is no glyph server,
// so whatever the map says in letters is drawn here too. A shape alone tells the state; colour only repeats it.

/** @import {Colours, Mark} from "./page" */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {keyof typeof PIXELS} Size */

const DISC = "M20 3a17 17 0 1 0 0 34a17 17 0 1 0 0-34z";
/** @type {Record<Mark, string>} */
const SHAPES = {
  free: DISC,
  partial: DISC,
  almost: "M20 0.5L39.5 20L20 39.5L0.5 20z",
  full: "M7 4h26a3 3 0 0 1 3 3v26a3 3 0 0 1-3 3h-26a3 3 0 0 1-3-3v-26a3 3 0 0 1 3-3z",
  unknown: DISC,
  closed: DISC,
  subscribers: "M20 1.5l16 9.2v18.6l-16 9.2l-16-9.2v-18.6z",
};
/** What stands in a shape that has no number: a bar, a key. @type {Partial<Record<Mark, string>>} */
const SIGNS = {
  closed: "M9.5 17h21v6h-21z",
  subscribers: "M14.5 13a7 7 0 1 0 6.6 9.2h3.4v4h4v-4h3.5v-4.4h-10.9a7 7 0 0 0-6.6-4.8z",
};

/** The mark as markup; it is always beside its word, so it is hidden from screen readers. @param {Mark} mark */
export function markSvg(mark) {
  const sign = SIGNS[mark] ? `<path class="sign" d="${SIGNS[mark]}"/>` : "";
  const question = mark === "unknown" ? '<text x="20" y="28.5" text-anchor="middle">?</text>' : "";
  return `<svg class="mark ${mark}" viewBox="-2 -2 44 44" aria-hidden="true"><path d="${SHAPES[mark]}"/>${sign}${question}</svg>`;
}

// The names of the map's images say everything needed to draw them, so that one can be made at any moment.
/** @param {{size: Size, mark: Mark, text: string, simulated: boolean}} look @param {string} theme */
export const iconName = ({ size, mark, text, simulated }, theme) =>
  `icon/${size}/${mark}/${text}/${simulated ? "S" : ""}/${theme}`;
/** @param {string} text @param {"main" | "town" | "place"} rank @param {string} theme */
export const labelName = (text, rank, theme) => `label/${text.replaceAll("/", "∕")}/${rank}/${theme}`;

const PIXELS = { site: 37, street: 29, dot: 17, speck: 13, lost: 14 };

/**
 * The image of that name for `map.addImage`, at so many pixels a pixel of the page.
 * @param {string} name of iconName, labelName, "pin//" or "ring//" @param {Colours} colours @param {number} ratio
 */
export function drawIcon(name, colours, ratio) {
  const [kind, ...rest] = name.split("/");
  if (kind === "label") return drawLabel(rest, colours, ratio);
  if (kind === "pin") return drawPin(colours, ratio);
  if (kind === "ring") return drawRing(colours, ratio);
  const [size, mark, text, simulated] = /** @type {[Size, Mark, string, string]} */ (rest);
  const pixels = PIXELS[size], margin = simulated ? 5 : 3;
  return onCanvas(pixels + 2 * margin, pixels + 2 * margin, ratio, (pen) => {
    pen.save();
    pen.translate(margin, margin);
    pen.scale(pixels / 40, pixels / 40);
    drawShape(pen, mark, colours, 40 / pixels);
    const inside = size === "site" || size === "street" ? text : mark === "unknown" && size === "dot" ? "?" : "";
    if (inside) drawText(pen, inside, mark, colours, size);
    pen.restore();
    if (simulated) drawBadge(pen, pixels + 2 * margin, size, colours);
  });
}

/** @param {Pen} pen @param {Mark} mark @param {Colours} colours @param {number} pixel one of the map's, in this box */
function drawShape(pen, mark, colours, pixel) {
  const shape = new Path2D(SHAPES[mark]), hollow = mark === "unknown" || mark === "partial";
  pen.lineJoin = "round";
  pen.strokeStyle = colours.halo;
  pen.lineWidth = 5 * pixel;
  pen.stroke(shape);
  pen.fillStyle = hollow ? colours.halo : colours[mark];
  pen.fill(shape);
  if (hollow) {
    pen.strokeStyle = colours[mark === "partial" ? "free" : "unknown"];
    pen.lineWidth = (mark === "partial" ? 3 : 2) * pixel;
    if (mark === "unknown") pen.setLineDash([4.5 * pixel, 2.6 * pixel]);
    pen.stroke(shape);
    pen.setLineDash([]);
  }
  const sign = SIGNS[mark];
  if (sign) {
    pen.fillStyle = colours.onClosed;
    pen.fill(new Path2D(sign));
  }
}

/** @type {Partial<Record<Mark, string>>} */
const INK_ON = { free: "onFree", almost: "onAlmost", full: "onFull", partial: "ink", unknown: "ink" };

/** @param {Pen} pen @param {string} text @param {Mark} mark @param {Colours} colours @param {Size} size */
function drawText(pen, text, mark, colours, size) {
  const room = mark === "almost" ? 29 : 31, tallest = size === "street" ? 20 : size === "dot" ? 30 : 17;
  pen.fillStyle = colours[INK_ON[mark] ?? "onClosed"];
  pen.textAlign = "center";
  pen.font = `700 ${tallest}px ${colours.font}`;
  const width = pen.measureText(text).width;
  if (width > room) pen.font = `700 ${(tallest * room) / width}px ${colours.font}`;
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = pen.measureText(text);
  pen.fillText(text, 20, 20 + (up - down) / 2);
}

const BADGE = { site: 7.5, street: 6.5, dot: 5, speck: 4.5, lost: 4.5 };

/** @param {Pen} pen @param {number} width @param {Size} size @param {Colours} colours */
function drawBadge(pen, width, size, colours) {
  const radius = BADGE[size];
  pen.beginPath();
  pen.arc(width - radius - 1, radius + 1, radius, 0, 7);
  pen.fillStyle = colours.simulated;
  pen.fill();
  pen.fillStyle = colours.onSimulated;
  pen.font = `700 ${radius * 1.5}px ${colours.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText("S", width - radius - 1, radius + 1.5);
}

/** @param {string[]} name @param {Colours} colours @param {number} ratio */
function drawLabel([text, rank], colours, ratio) {
  const important = rank === "main", size = important ? 16 : 13;
  const font = `${important ? 700 : 500} ${size}px ${colours.font}`;
  const width = measure(text, font) + 12;
  return onCanvas(width, size * 1.5, ratio, (pen) => {
    pen.font = font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = colours.labelHalo;
    pen.strokeText(text, width / 2, size * 0.75);
    pen.fillStyle = important ? colours.labelStrong : rank === "place" ? colours.ink : colours.label;
    pen.fillText(text, width / 2, size * 0.75);
  });
}

/** @param {Colours} colours @param {number} ratio */
const drawPin = (colours, ratio) => onCanvas(36, 84, ratio, (pen) => {
  // The tip is at the centre of the image, because icons are placed by their centres.
  pen.translate(18, 42);
  const drop = new Path2D("M0 0C-4 -9 -13 -14 -13 -25a13 13 0 1 1 26 0C13 -14 4 -9 0 0z");
  pen.lineWidth = 4;
  pen.strokeStyle = colours.halo;
  pen.stroke(drop);
  pen.fillStyle = colours.accent;
  pen.fill(drop);
  pen.beginPath();
  pen.arc(0, -25, 5, 0, 7);
  pen.fillStyle = colours.halo;
  pen.fill();
});

/** @param {Colours} colours @param {number} ratio */
const drawRing = (colours, ratio) => onCanvas(62, 62, ratio, (pen) => {
  pen.beginPath();
  pen.arc(31, 31, 26, 0, 7);
  pen.lineWidth = 8;
  pen.strokeStyle = colours.halo;
  pen.stroke();
  pen.lineWidth = 4;
  pen.strokeStyle = colours.accent;
  pen.stroke();
});

/** @param {string} text @param {string} font */
function measure(text, font) {
  const pen = penOf(document.createElement("canvas"));
  pen.font = font;
  return pen.measureText(text).width;
}

/** @param {number} width @param {number} height @param {number} ratio @param {(pen: Pen) => void} draw */
function onCanvas(width, height, ratio, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  const pen = penOf(canvas);
  pen.scale(ratio, ratio);
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** @param {HTMLCanvasElement} canvas @returns {Pen} */
function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws on no canvas");
  return pen;
}
