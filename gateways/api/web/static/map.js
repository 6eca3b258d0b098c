// The map. It shows what the table shows, in icons drawn here; without MapLibre or WebGL the page goes on without it.
import { drawIcon, iconName, labelName } from "./icons.js";
import { addSheet, loadAreas, loadBasemap, readColours } from "./map-inputs.js";
import { EMPTY, TOUCHABLE, labelPoint, styleFor } from "./map-style.js";
import { MARKS, shortName } from "./places.js";
import { numberText } from "./phrases.js";
import { say } from "./words.js";

/** @import {About, Area, Feature, MapView, Mark, PlaceFeature, Row, Space} from "./page" */
/** @import {GeoJSONSource, LngLatBoundsLike, Map as LibraryMap, MapMouseEvent} from "maplibre-gl" */
/** @typedef {{picked: (id: string) => void, pointed: (point: {lon: number, lat: number}) => void}} Touches */
/** @typedef {Parameters<LibraryMap["setPaintProperty"]>[1]} PaintName */

const VENDOR = "/vendor/maplibre-gl/maplibre-gl";
const FINGER = 14; // pixels around a touch
const MOST_IMAGES = 500;

/**
 * Make the map in `box`, or throw. `firstLook()` gives its bounds; `picked(id)` is called for a touched place,
 * `pointed({lon, lat})` for a touched point.
 * @param {HTMLElement} box @param {About} about @param {() => LngLatBoundsLike} firstLook @param {Touches} touches
 */
export async function makeMap(box, about, firstLook, touches) {
  /** @type {typeof import("maplibre-gl")} */
  const maplibre = await import(`${VENDOR}.mjs`);
  await addSheet(`${VENDOR}.css`);
  const [areas, basemap] = await Promise.all([loadAreas(about), loadBasemap(about.basemap)]);
  const map = new maplibre.Map({
    container: box,
    style: styleFor(basemap, areas, readColours(), about.attribution),
    bounds: firstLook(), fitBoundsOptions: { padding: { top: 56, bottom: 48, left: 44, right: 84 } },
    minZoom: 8, maxZoom: 19, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0,
    attributionControl: false, locale: locale(),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-left"); // where it moves no button about
  map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
  return new PlaceMap(map, areas.features, touches);
}

export class PlaceMap {
  /** @type {Map<string, PlaceFeature>} */
  #features = new Map();
  /** What each source was last given. @type {Record<string, string>} */
  #last = {};
  /** @type {Set<string>} */
  #used = new Set();
  /** @type {MapView | null} */
  #view = null;
  #ready = false;

  /** @param {LibraryMap} map @param {Area[]} areas @param {Touches} touches */
  constructor(map, areas, touches) {
    this.map = map;
    this.areas = areas;
    this.touches = touches;
    this.colours = readColours();
    map.on("styleimagemissing", ({ id }) => this.#ensure(id));
    map.on("click", (event) => this.#touched(event));
    map.getCanvas().addEventListener("keydown", ({ key }) => { if (key === "Enter") this.#pointAt(map.getCenter()); });
    map.on("mousemove", (event) => { map.getCanvas().style.cursor = this.#placeAt(event.point) ? "pointer" : ""; });
    map.once("load", () => { this.#ready = true; this.#drawAnew(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#repaint());
    this.relabel();
  }

  /** Show these rows, the selected one ringed, the chosen point pinned, the bays of the selected zone. @param {MapView} view */
  render(view) {
    this.#view = view;
    if (!this.#ready) return;
    const { rows, selected, point, spaces } = view;
    const features = rows.flatMap((row) => this.#feature(row));
    this.#features = new Map(features.map((feature) => [feature.properties.id, feature]));
    this.#set("places", features);
    this.#set("chosen", this.#chosen(selected ? this.#features.get(selected) : undefined, point));
    const simulated = rows.some(({ place, simulated: made }) => made && place.id === selected);
    this.#set("spaces", spaces.flatMap(({ lon, lat, state }) => featureAt(lon, lat, {
      icon: this.#icon({ size: "dot", mark: BAY_MARKS[state], text: "", simulated }), order: 0 })));
    this.#forgetImages();
  }

  /** None for a place that nobody has said where it is. @param {Row} row @returns {PlaceFeature[]} */
  #feature(row) {
    const { place, mark, simulated, small, neverHeard } = row;
    const text = mark === "closed" || mark === "subscribers" ? "" : numberText(row).replace(/\s/g, "");
    const order = MARKS.indexOf(mark);
    return featureAt(place.lon, place.lat, {
      id: place.id, kind: place.kind, heard: !neverHeard, mark, number: text || numberText(row),
      icon: this.#icon({ size: small ? "street" : "site", mark, text, simulated }),
      dot: this.#icon({ size: neverHeard ? "lost" : small ? "speck" : "dot", mark, text: "", simulated }),
      label: this.#named(labelName(shortName(place), "place", this.#theme())),
      rank: order * 10_000 - Math.min(9_999, place.capacity ?? 0), order: -order,
    });
  }

  /** @param {PlaceFeature | undefined} place @param {MapView["point"]} point @returns {Feature[]} */
  #chosen(place, point) {
    const pinned = point && !point.placeId
      ? featureAt(point.lon, point.lat, { icon: this.#named(`pin//${this.#theme()}`), order: 3 }) : [];
    if (!place) return pinned;
    const { geometry, properties: { icon } } = place;
    return [
      ...pinned,
      { type: "Feature", geometry, properties: { icon: this.#named(`ring//${this.#theme()}`), order: 1 } },
      { type: "Feature", geometry, properties: { icon: this.#named(icon), order: 2 } },
    ];
  }

  #drawNames() {
    const towns = this.areas.filter(({ properties }) => properties.kind === "commune");
    this.#set("names", towns.flatMap(({ geometry, properties: { name, main } }) => {
      const [lon, lat] = labelPoint(geometry);
      return featureAt(lon, lat, { icon: this.#named(labelName(name, main ? "main" : "town", this.#theme())), order: main ? 0 : 1 });
    }));
  }

  #drawAnew() {
    this.#last = {};
    this.#drawNames();
    if (this.#view) this.render(this.#view);
  }

  /** @param {string} name @param {Feature[]} features */
  #set(name, features) {
    const data = JSON.stringify(features);
    if (this.#last[name] === data) return;
    this.#last[name] = data;
    this.#source(name)?.setData({ type: "FeatureCollection", features });
  }

  /** @param {string} name @returns {GeoJSONSource | undefined} */
  #source(name) { return this.map.getSource(name); }

  #theme() { return this.colours.scheme; }
  /** @param {Parameters<typeof iconName>[0]} look */
  #icon(look) { return this.#named(iconName(look, this.#theme())); }
  /** @param {string} name */
  #named(name) { this.#ensure(name); this.#used.add(name); return name; }

  /** @param {string} name */
  #ensure(name) {
    if (this.map.hasImage(name) || !/^(icon|label|pin|ring)\//.test(name)) return;
    const ratio = Math.min(3, Math.ceil(devicePixelRatio));
    this.map.addImage(name, drawIcon(name, this.colours, ratio), { pixelRatio: ratio });
  }

  // Each number is an image of its own; a page left open all week must not keep every number of the week.
  #forgetImages() {
    const images = this.map.listImages().filter((name) => name.startsWith("icon/"));
    if (images.length > MOST_IMAGES) for (const name of images) if (!this.#used.has(name)) this.map.removeImage(name);
    this.#used.clear();
  }

  /** @param {MapMouseEvent} event */
  #touched({ point, lngLat }) {
    const id = this.#placeAt(point);
    if (id) this.touches.picked(id);
    else this.#pointAt(lngLat);
  }

  /** @param {{lng: number, lat: number}} point */
  #pointAt({ lng, lat }) { this.touches.pointed({ lon: lng, lat }); }

  /** The place nearest to a point of the screen, under a finger there. @param {{x: number, y: number}} point */
  #placeAt({ x, y }) {
    if (!this.#ready) return null;
    const layers = TOUCHABLE.filter((layer) => this.map.getLayer(layer));
    const hits = this.map.queryRenderedFeatures([[x - FINGER, y - FINGER], [x + FINGER, y + FINGER]], { layers });
    /** @type {{id: string | null, away: number}} */
    let nearest = { id: null, away: Infinity };
    for (const { geometry, properties } of hits) {
      if (geometry.type !== "Point") continue;
      const at = this.map.project([geometry.coordinates[0], geometry.coordinates[1]]);
      const away = (at.x - x) ** 2 + (at.y - y) ** 2;
      if (away < nearest.away) nearest = { id: properties.id, away };
    }
    return nearest.id;
  }

  /** Bring a point into view; without movement for those who asked for none. @param {{lon: number, lat: number}} point */
  goTo({ lon, lat }, { near = 14.5, aside = 0 } = {}) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.easeTo({
      center: [lon, lat], zoom: Math.max(near, this.map.getZoom()), offset: [aside / 2, 0], duration: still ? 0 : 600,
    });
  }

  /** In the language now spoken: MapLibre takes its words once, so its few labels are written again. */
  relabel() {
    const box = this.map.getContainer();
    /** @param {string} selector @param {string} text */
    const label = (selector, text) => {
      const node = box.querySelector(selector);
      node?.setAttribute("aria-label", text);
      node?.setAttribute("title", text);
    };
    this.map.getCanvas().setAttribute("aria-label", say("page.map_label"));
    label(".maplibregl-ctrl-zoom-in", say("page.zoom_in"));
    label(".maplibregl-ctrl-zoom-out", say("page.zoom_out"));
  }

  #repaint() {
    this.colours = readColours();
    for (const { id, paint = {} } of styleFor(null, EMPTY, this.colours, "").layers) {
      const known = this.map.getLayer(id) ? Object.entries(paint) : [];
      for (const [name, value] of known) this.map.setPaintProperty(id, /** @type {PaintName} */ (name), value);
    }
    this.#drawAnew();
  }

  /** What the map's own data says of a place: the name of its icon, the number in it, its mark. @param {string} id */
  shown(id) {
    const data = this.#source("places")?.serialize().data;
    if (typeof data !== "object" || data.type !== "FeatureCollection") return null;
    const { icon, number, mark } = data.features.find(({ properties }) => properties?.id === id)?.properties ?? {};
    return icon ? { icon, number, mark } : null;
  }
}

/** @type {Record<Space["state"], Mark>} */
const BAY_MARKS = { free: "free", occupied: "full", closed: "closed", unknown: "unknown" };

/**
 * A list of one feature; of none where a coordinate is unknown.
 * @template {Record<string, unknown>} P
 * @param {number | null} lon @param {number | null} lat @param {P} properties
 */
function featureAt(lon, lat, properties) {
  if (lon === null || lat === null) return [];
  const geometry = { type: /** @type {const} */ ("Point"), coordinates: [lon, lat] };
  return [{ type: /** @type {const} */ ("Feature"), geometry, properties }];
}

const locale = () => ({ "Map.Title": say("page.map_label"), "NavigationControl.ZoomIn": say("page.zoom_in"),
  "NavigationControl.ZoomOut": say("page.zoom_out"), "AttributionControl.ToggleAttribution": say("page.map_sources") });
