// What the map is made of before it is drawn: the page's colours, the polygons, the basemap, the style sheet.
import { EMPTY } from "./map-style.js";

/** @import {About, Area, Colours} from "./page" */
/** @import {StyleSpecification} from "maplibre-gl" */

/** The page's colour tokens, as the style sheet has them now. @returns {Colours} */
export function readColours() {
  const styles = getComputedStyle(document.documentElement);
  /** @type {Colours} */
  const colours = {};
  for (const name of TOKENS) colours[name] = styles.getPropertyValue(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).trim();
  return { ...colours, font: "system-ui, sans-serif", scheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" };
}

const TOKENS = ["ink", "halo", "accent", "free", "almost", "full", "unknown", "closed", "subscribers", "onFree", "onAlmost",
  "onFull", "onClosed", "simulated", "onSimulated", "label", "labelStrong", "labelHalo",
  "mapAround", "mapTown", "mapMain", "mapBorder", "mapMainBorder", "mapZone"];

/**
 * The polygons of towns and street zones, the town of this page marked `main`; none where they cannot be had.
 * @param {About} about @returns {Promise<{type: "FeatureCollection", features: Area[]}>}
 */
export async function loadAreas({ name }) {
  try {
    /** @type {{type: "FeatureCollection", features: Area[]}} */
    const areas = await (await fetch("/v1/areas")).json();
    for (const { properties } of areas.features) properties.main = properties.kind === "commune" && properties.name === name;
    return areas;
  } catch { return EMPTY; }
}

/**
 * A raster template as it is, a style as its document; null where there is none.
 * @param {string | null} basemap @returns {Promise<string | StyleSpecification | null>}
 */
export async function loadBasemap(basemap) {
  if (!basemap || basemap.includes("{z}")) return basemap;
  try { return await (await fetch(basemap)).json(); } catch { return null; }
}

/** Resolves once the sheet is there. @param {string} href */
export const addSheet = (href) => new Promise((resolve, reject) => {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve, onerror: reject });
  document.head.prepend(sheet);
});
