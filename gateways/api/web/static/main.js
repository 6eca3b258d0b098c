// Wiring: what arrives, what the reader chose, and the one function that draws both.
import { Card } from "./card.js";
import { byId, put } from "./dom.js";
import { listen } from "./live.js";
import { makeMap } from "./map.js";
import { Nearest, whereAmI } from "./nearest.js";
import { renderLegend, renderNotices, showNotice, speak } from "./notices.js";
import { look, metresBetween } from "./places.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { readJson } from "./waiting.js";
import { fillPage, isReviewed, language, moment, readClockOf, say, speak as speakLanguage } from "./words.js";

/** @import {About, Place, Point, Row} from "./page" */
/** @import {PlaceMap} from "./map.js" */

const store = new Store();
/** What the reader chose. `paused` holds the places and the time at which the page was frozen. */
const view = { need: "public", filter: "", paused: /** @type {{places: Place[], at: number, position: string} | null} */ (null) };
/** @type {About | null} */
let about = null;
/** @type {PlaceMap | null} */
let map = null;
/** @type {Map<string, Row>} */
let rowsById = new Map();
let drawing = 0;

/** @param {string} id */
const rowOf = (id) => rowsById.get(id);
const shownRow = () => (card.id === null ? undefined : rowOf(card.id));
const table = new Table(byId("table", HTMLTableElement), { chosen: openPlace, resort: draw });
const card = new Card(byId("card"), {
  changed: draw,
  closed: (id) => { draw(); table.nameButton(id)?.focus(); },
  nearest: (id) => {
    const place = rowOf(id)?.place;
    if (place && place.lon !== null && place.lat !== null)
      searchAround({ lon: place.lon, lat: place.lat, placeId: id, placeName: place.name });
  },
  centre: (id) => { goToPlace(id); map?.map.getCanvas().focus(); },
});
const nearest = new Nearest(byId("nearest"), {
  need: () => view.need, changed: draw, chosen: openPlace, city: () => about?.name ?? "",
  closest: (point) => Math.min(...store.list().map((place) => metresBetween(point, place) ?? Infinity)),
  cleared: () => { if (table.sort.column === "distance") table.sortBy("place", false); draw(); byId("around").focus(); },
});

function draw() {
  clearTimeout(drawing);
  drawing = 0;
  const now = store.now(), { need, paused } = view, { point } = nearest;
  const places = paused ? paused.places : store.list();
  const rows = places.map((place) => ({ ...look(place, need, now), metres: point && metresBetween(point, place) }));
  rowsById = new Map(rows.map((row) => [row.place.id, row]));
  const shared = { frozen: paused !== null, needWords: say(`audience.${need}`) };
  renderNotices({
    store, rows, clock: store.clock ?? about?.clock ?? "wall", pace: about?.pace ?? 1, now, pausedAt: paused?.at });
  renderLegend(rows);
  put(byId("clock"), say("page.clock", { time: moment(now, { seconds: true, whose: true }) }));
  table.render(rows, { ...shared, filter: view.filter, withDistance: point !== null, selected: card.id });
  nearest.render(rowOf, shared);
  card.render(shownRow(), { ...shared, hasMap: map !== null, lookAs: (place, use) => look(place, use, now) });
  map?.render({ rows, point, selected: card.id ?? point?.placeId, spaces: shownRow()?.place.expired ? [] : card.spaces });
  document.documentElement.dataset.updated = paused ? paused.position : store.position;
}

/** Draw soon: a burst of changes is drawn once. */
function drawSoon() { drawing ||= window.setTimeout(draw, 120); }

/** @param {string} id */
function openPlace(id) {
  card.open(id);
  goToPlace(id);
}

/** @param {string} id */
function goToPlace(id) {
  const place = rowOf(id)?.place;
  const aside = matchMedia("(min-width: 70rem)").matches ? byId("card").offsetWidth : 0;
  if (place && place.lon !== null && place.lat !== null) map?.goTo({ lon: place.lon, lat: place.lat }, { aside });
}

/** @param {Point} point */
async function choosePoint(point) {
  card.forget();
  byId("map-hint").hidden = true; // whoever has found out needs it no more
  const asked = nearest.choose(point);
  table.sortBy("distance", false);
  await asked;
}

/** @param {Point} point */
function searchAround(point) {
  map?.goTo(point);
  choosePoint(point);
}

async function searchAroundMe() {
  speak(say("nearest.position_asking"));
  const found = await whereAmI();
  if (found.at === null) nearest.fail(say(`nearest.position_${found.why}`));
  else searchAround(found.at);
}

function togglePause() {
  view.paused = view.paused ? null : { places: store.list(), at: store.now(), position: store.position };
  draw();
}

function translate() {
  fillPage(about && (about.located[language()] ?? say("page.located", { city: about.name })));
  put(byId("footer-attribution"), about?.attribution ?? "");
  showNotice("unreviewed", isReviewed() ? "" : say("page.unreviewed"));
  map?.relabel();
  table.redraw();
  draw();
}

const need = byId("need", HTMLSelectElement), filter = byId("filter", HTMLInputElement);
byId("pause").addEventListener("click", togglePause);
byId("around").addEventListener("click", searchAroundMe);
need.addEventListener("change", () => { view.need = need.value; table.redraw(); draw(); nearest.ask(); });
filter.addEventListener("input", () => {
  view.filter = filter.value;
  draw();
  speak(say("page.spoken_found", { count: table.shownCount() }));
});
for (const button of document.querySelectorAll("button[lang]"))
  button.addEventListener("click", async () => { await speakLanguage(button.getAttribute("lang") ?? ""); translate(); });

// Every second: ages grow and values expire whether or not anything arrives.
setInterval(() => {
  if (document.hidden) return;
  draw();
  if (view.paused) return;
  nearest.keepTrue(rowOf);
  card.keepTrue(shownRow());
}, 1000);

/**
 * Where a first look goes, [west, south, east, north]: where the city says; else the places heard near its centre, or a
 * ring around it.
 * @param {About} city @returns {[number, number, number, number]}
 */
function heartOfTown(city) {
  if (city.view) {
    const { lon, lat, zoom } = city.view, wide = 176 / 2 ** zoom, high = 0.6 * wide;
    return [lon - wide, lat - high, lon + wide, lat + high];
  }
  const [lon, lat] = city.center ?? [0, 0], [wide, high] = [0.021, 0.0125];
  const heard = store.list().flatMap(({ observed_at: at, lon: x, lat: y }) =>
    (at !== null && x !== null && y !== null && (metresBetween({ lon, lat }, { lon: x, lat: y }) ?? Infinity) < 1800 ? [{ x, y }] : []));
  if (heard.length < 3) return [lon - wide, lat - high, lon + wide, lat + high];
  const lons = heard.map(({ x }) => x), lats = heard.map(({ y }) => y);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** @param {About} city */
async function showMap(city) {
  try {
    map = await makeMap(byId("map"), city, () => heartOfTown(city), { picked: openPlace, pointed: choosePoint });
    byId("map-hint").hidden = false;
  } catch (problem) {
    console.info("no map:", problem);
    byId("map").hidden = true;
    byId("no-map").hidden = false;
  }
  document.documentElement.dataset.map = map ? "shown" : "absent";
}

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && target !== need && target !== filter) card.close();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) draw(); });

/** For tests: what is known, and what the map's own data shows of it. */
window.placelibre = {
  store, view,
  get map() { return map?.map ?? null; },
  /** @param {string} id */
  shownOnMap: (id) => map?.shown(id) ?? null,
};

translate();
listen("/v1/changes", "/v1/sites", store, drawSoon);
about = /** @type {About} */ (await readJson("/v1/about"));
readClockOf(about.name, about.zone);
translate();
await showMap(about);
translate();
