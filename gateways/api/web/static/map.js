// The map. It shows what the table shows, in icons drawn here; without MapLibre or WebGL the page goes on without it.
import { drawIcon, iconName, labelName } from "./icons.js";
import { addSheet, loadAreas, loadBasemap, readColours } from "./map-inputs.js";
import { EMPTY, TOUCHABLE, labelPoint, styleFor } from "./map-style.js";
import { MARKS, shortName } from "./places.js";
import { numberText } from "./phrases.js";
import { say } from "./words.js";

const VENDOR = "/vendor/maplibre-gl/maplibre-gl";
const FINGER = 14; // pixels around a touch
const MOST_IMAGES = 500;

/**
 * Make the map in `box`, or throw. `firstLook()` gives its bounds; `picked(id)` is called for a touched place,
 * `pointed({lon, lat})` for a touched point.
 */
export async function makeMap(box, about, firstLook, { picked, pointed }) {
  const maplibre = await import(`${VENDOR}.mjs`);
  await addSheet(`${VENDOR}.css`);
  const [areas, basemap] = await Promise.all([loadAreas(about), loadBasemap(about.basemap)]);
  box.hidden = false;
  const map = new maplibre.Map({
    container: box,
    style: styleFor(basemap, areas, readColours(), about.attribution),
    bounds: firstLook(), fitBoundsOptions: { padding: { top: 56, bottom: 48, left: 44, right: 84 } },
    minZoom: 8, maxZoom: 19, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0,
    attributionControl: { compact: false }, locale: locale(),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
  return new PlaceMap(map, areas, about, { picked, pointed });
}

class PlaceMap {
  #features = new Map();
  #last = {};
  #used = new Set();

  constructor(map, areas, about, { picked, pointed }) {
    Object.assign(this, { map, areas, about, picked, pointed });
    this.colours = readColours();
    map.on("styleimagemissing", ({ id }) => this.#ensure(id));
    map.on("click", (event) => this.#touched(event));
    map.on("mousemove", (event) => { map.getCanvas().style.cursor = this.#placeAt(event.point) ? "pointer" : ""; });
    map.once("load", () => { this.ready = true; this.#drawNames(); this.#last = {}; this.rerender?.(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#repaint());
    this.relabel();
  }

  /** Show these rows, the selected one ringed, the chosen point pinned, the bays of the selected zone. */
  render({ rows, selected, point, spaces }) {
    this.rerender = () => this.render({ rows, selected, point, spaces });
    if (!this.ready) return;
    const placed = rows.filter(({ place }) => place.lon !== null && place.lat !== null);
    const features = placed.map((row) => this.#feature(row));
    this.#features = new Map(features.map((feature) => [feature.properties.id, feature]));
    this.#set("places", features);
    this.#set("chosen", this.#chosen(selected, point));
    const simulated = rows.some(({ place, simulated: made }) => made && place.id === selected);
    this.#set("spaces", spaces.map(({ lon, lat, state }) => ({
      ...pointAt(lon, lat), properties: { icon: this.#icon({ size: "dot", mark: BAY_MARKS[state], text: "", simulated }), order: 0 } })));
    this.#forgetImages();
  }

  #feature(row) {
    const { place, mark, simulated, small, neverHeard } = row;
    const text = mark === "closed" || mark === "subscribers" ? "" : numberText(row).replace(/\s/g, "");
    const order = MARKS.indexOf(mark);
    return { ...pointAt(place.lon, place.lat), properties: {
      id: place.id, kind: place.kind, heard: !neverHeard, mark, number: text || numberText(row),
      icon: this.#icon({ size: small ? "street" : "site", mark, text, simulated }),
      dot: this.#icon({ size: neverHeard ? "lost" : small ? "speck" : "dot", mark, text: "", simulated }),
      label: this.#named(labelName(shortName(place), "place", this.#theme())),
      rank: order * 10_000 - Math.min(9_999, place.capacity ?? 0), order: -order,
    } };
  }

  #chosen(selected, point) {
    const shown = [], feature = this.#features.get(selected);
    if (point && !point.placeId) shown.push({ ...pointAt(point.lon, point.lat), properties: { icon: this.#named("pin//" + this.#theme()), order: 3 } });
    if (feature) {
      const { icon } = feature.properties;
      shown.push({ ...feature, properties: { icon: this.#named("ring//" + this.#theme()), order: 1 } });
      shown.push({ ...feature, properties: { icon: this.#named(icon), order: 2 } });
    }
    return shown;
  }

  #drawNames() {
    const towns = this.areas.features.filter(({ properties }) => properties.kind === "commune");
    this.#set("names", towns.map(({ geometry, properties: { name, main } }) => ({
      type: "Feature", geometry: { type: "Point", coordinates: labelPoint(geometry) },
      properties: { icon: this.#named(labelName(name, main ? "main" : "town", this.#theme())), order: main ? 0 : 1 } })));
  }

  #set(source, features) {
    const data = JSON.stringify(features);
    if (this.#last[source] === data) return;
    this.#last[source] = data;
    this.map.getSource(source).setData({ type: "FeatureCollection", features });
  }

  #theme() { return this.colours.scheme; }
  #icon(look) { return this.#named(iconName(look, this.#theme())); }
  #named(name) { this.#ensure(name); this.#used.add(name); return name; }

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

  #touched({ point, lngLat }) {
    const id = this.#placeAt(point);
    if (id) this.picked(id);
    else this.pointed({ lon: lngLat.lng, lat: lngLat.lat });
  }

  #placeAt({ x, y }) {
    if (!this.ready) return null;
    const box = [[x - FINGER, y - FINGER], [x + FINGER, y + FINGER]];
    const layers = TOUCHABLE.filter((layer) => this.map.getLayer(layer));
    const away = ({ geometry }) => {
      const at = this.map.project(geometry.coordinates);
      return (at.x - x) ** 2 + (at.y - y) ** 2;
    };
    const hits = this.map.queryRenderedFeatures(box, { layers }).sort((a, b) => away(a) - away(b));
    return hits[0]?.properties.id ?? null;
  }

  /** Bring a point into view; without movement for those who asked for none. */
  goTo({ lon, lat }, { near = 14.5, aside = 0 } = {}) {
    const view = { center: [lon, lat], zoom: Math.max(near, this.map.getZoom()), offset: [aside / 2, 0] };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.map.easeTo({ ...view, duration: 0 });
    else this.map.easeTo({ ...view, duration: 600 });
  }

  /** In the language now spoken: MapLibre takes its words once, so its few labels are written again. */
  relabel() {
    const box = this.map.getContainer(), label = (selector, text) => {
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
    for (const { id, paint = {} } of styleFor(null, EMPTY, this.colours, "").layers)
      if (this.map.getLayer(id)) for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(id, name, value);
    this.#last = {};
    this.#drawNames();
    this.rerender?.();
  }

  /** What the map's own data says of a place: the name of its icon, the number in it, its mark. */
  shown(id) {
    const { data } = this.map.getSource("places").serialize();
    const found = data.features?.find((feature) => feature.properties.id === id)?.properties;
    return found ? { icon: found.icon, number: found.number, mark: found.mark } : null;
  }
}

const BAY_MARKS = { free: "free", occupied: "full", closed: "closed", unknown: "unknown" };
const pointAt = (lon, lat) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] } });

const locale = () => ({ "Map.Title": say("page.map_label"), "NavigationControl.ZoomIn": say("page.zoom_in"),
  "NavigationControl.ZoomOut": say("page.zoom_out"), "AttributionControl.ToggleAttribution": say("page.map_sources") });
