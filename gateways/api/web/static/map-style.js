// The map's own drawing: town outlines, street zones, places, the chosen point. Pure: colours in, MapLibre layers out.

/** @import {Area, Colours} from "./page" */
/** @import {ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification, StyleSpecification,
 *    SymbolLayerSpecification} from "maplibre-gl" */
/** @typedef {{type: "FeatureCollection", features: Area[]}} Areas */
/** @typedef {NonNullable<SymbolLayerSpecification["layout"]>} SymbolLayout */

/** @type {Areas} */
export const EMPTY = { type: "FeatureCollection", features: [] };

/** @param {Areas} data @returns {GeoJSONSourceSpecification} */
const geojson = (data, more = {}) => ({ type: "geojson", data, ...more });

/**
 * A whole style; under it whatever `basemap` brings (a style document, a raster template, or nothing).
 * @param {string | StyleSpecification | null} basemap @param {Areas} areas @param {Colours} colours
 * @param {string} attribution @returns {StyleSpecification}
 */
export function styleFor(basemap, areas, colours, attribution) {
  const under = basemapUnder(basemap, attribution);
  return {
    version: 8,
    ...under.root,
    sources: {
      ...under.sources,
      areas: geojson(areas, under.sources.basemap ? {} : { attribution }),
      names: geojson(EMPTY), places: geojson(EMPTY), spaces: geojson(EMPTY), chosen: geojson(EMPTY),
    },
    layers: [...under.layers, ...ourLayers(colours, under.layers.length > 0)],
  };
}

/**
 * @param {string | StyleSpecification | null} basemap @param {string} attribution
 * @returns {Pick<StyleSpecification, "sources" | "layers"> & {root: Partial<StyleSpecification>}}
 */
function basemapUnder(basemap, attribution) {
  if (!basemap) return { root: {}, sources: {}, layers: [] };
  if (typeof basemap === "string") return {
    root: {}, sources: { basemap: { type: "raster", tiles: [basemap], tileSize: 256, attribution } },
    layers: [{ id: "basemap", type: "raster", source: "basemap" }],
  };
  const { sources, layers, sprite, glyphs } = basemap;
  return { root: { ...(sprite && { sprite }), ...(glyphs && { glyphs }) }, sources, layers };
}

/** @type {ExpressionSpecification} */
const SITE = ["==", ["get", "kind"], "site"];
/** @type {ExpressionSpecification} */
const HEARD = ["==", ["get", "heard"], true];
/** @param {string} name @param {string} order @returns {SymbolLayout} */
const icons = (name, order) => ({
  "icon-image": ["get", name], "icon-allow-overlap": true, "symbol-sort-key": ["get", order],
});
// A number that another icon half covers can be misread, so a numbered icon shows whole or not at all; the bare shape
// under it is always there. `rank` decides who stays: the first places are drawn first, and what is free ranks first.
/** @type {SymbolLayout} */
const whole = {
  "icon-image": ["get", "icon"], "icon-padding": 0, "symbol-sort-key": ["get", "rank"],
};

// Names lie under the shapes, so that no name ever hides a state.
/** @param {number} pixels @returns {SymbolLayout} */
const nameUnder = (pixels) => ({
  "icon-image": ["get", "label"], "icon-offset": [0, pixels], "icon-padding": 0, "symbol-sort-key": ["get", "rank"],
});

/** @param {Colours} colours @param {boolean} overTiles @returns {LayerSpecification[]} */
function ourLayers(colours, overTiles) {
  /**
   * @param {string} id @param {ExpressionSpecification} filter @param {SymbolLayout} layout
   * @param {{minzoom?: number}} more @returns {LayerSpecification}
   */
  const symbol = (id, filter, layout, more = {}) => ({ id, type: "symbol", source: "places", filter, layout, ...more });
  /** @type {ExpressionSpecification} */
  const town = ["==", ["get", "kind"], "commune"];
  /** @type {ExpressionSpecification} */
  const main = ["==", ["get", "main"], true];
  /** @type {LayerSpecification[]} */
  const ground = [
    { id: "around", type: "background", paint: { "background-color": colours.mapAround } },
    { id: "towns", type: "fill", source: "areas", filter: town,
      paint: { "fill-color": ["case", main, colours.mapMain, colours.mapTown], "fill-antialias": false } },
  ];
  return [
    ...(overTiles ? [] : ground),
    { id: "borders", type: "line", source: "areas", filter: town, layout: { "line-join": "round" },
      paint: { "line-color": colours.mapBorder, "line-width": 1 } },
    { id: "main-border", type: "line", source: "areas", filter: ["all", town, main], layout: { "line-join": "round" },
      paint: { "line-color": colours.mapMainBorder, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.5, 15, 3.5] } },
    { id: "zones", type: "fill", source: "areas", minzoom: 14, filter: ["==", ["get", "kind"], "zone"],
      paint: { "fill-color": colours.mapZone, "fill-opacity": 0.35 } },
    { id: "zone-borders", type: "line", source: "areas", minzoom: 14, filter: ["==", ["get", "kind"], "zone"],
      paint: { "line-color": colours.mapZone, "line-width": 1.5 } },
    { id: "names", type: "symbol", source: "names", layout: { "icon-image": ["get", "icon"], "symbol-sort-key": ["get", "order"] } },
    { id: "spaces", type: "symbol", source: "spaces", minzoom: 16.5, layout: icons("icon", "order") },
    symbol("place-names", ["all", HEARD, SITE], nameUnder(33), { minzoom: 13 }),
    symbol("street-names", ["all", HEARD, ["!", SITE]], nameUnder(30), { minzoom: 15.5 }),
    symbol("lost", ["!", HEARD], icons("dot", "order"), { minzoom: 10.5 }),
    symbol("street-dots", ["all", HEARD, ["!", SITE]], icons("dot", "order"), { minzoom: 12 }),
    symbol("site-dots", ["all", HEARD, SITE], icons("dot", "order")),
    symbol("streets", ["all", HEARD, ["!", SITE]], whole, { minzoom: 14.5 }),
    symbol("sites", ["all", HEARD, SITE], whole),
    { id: "chosen", type: "symbol", source: "chosen",
      layout: { ...icons("icon", "order"), "icon-ignore-placement": true } },
  ];
}

/** The layers a finger may hit. */
export const TOUCHABLE = ["sites", "streets", "site-dots", "street-dots", "lost"];

/**
 * Where a town's name stands: the centre of gravity of its largest ring.
 * @param {Area["geometry"]} geometry
 */
export function labelPoint(geometry) {
  const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map(([outer]) => outer);
  const [area, x, y] = rings.map(gravity).reduce((a, b) => (Math.abs(b[0]) > Math.abs(a[0]) ? b : a));
  return area === 0 ? rings[0][0] : [x, y];
}

/** Its area (signed, doubled) and centre. @param {number[][]} ring */
function gravity(ring) {
  let area = 0, x = 0, y = 0;
  for (let i = 1; i < ring.length; i += 1) {
    const [x0, y0] = ring[i - 1], [x1, y1] = ring[i], cross = (x0 - ring[0][0]) * (y1 - ring[0][1]) - (x1 - ring[0][0]) * (y0 - ring[0][1]);
    area += cross;
    x += cross * (x0 + x1 + ring[0][0]) / 3;
    y += cross * (y0 + y1 + ring[0][1]) / 3;
  }
  return [area, x / area, y / area];
}
