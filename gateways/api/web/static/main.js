// Wiring: what arrives, what the reader chose, and the one function that draws both.
import { Card } from "./card.js";
import { listen } from "./live.js";
import { makeMap } from "./map.js";
import { Nearest, whereAmI } from "./nearest.js";
import { renderLegend, renderNotices, showNotice, speak, speakSummary } from "./notices.js";
import { look, metresBetween } from "./places.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { fillPage, isReviewed, language, moment, readClockOf, say, speak as speakLanguage } from "./words.js";

const $ = (id) => document.getElementById(id);
const store = new Store();
/** What the reader chose. `paused` holds the places and the time at which the page was frozen. */
const view = { need: "public", filter: "", paused: null };
let about = {
  name: "", located: {}, center: null, view: null, basemap: null, attribution: "", clock: "wall", zone: "UTC", pace: 1,
};
let map = null, rowsById = new Map(), drawing = 0;

const rowOf = (id) => rowsById.get(id);
const needWords = () => say(`audience.${view.need}`);
const table = new Table($("table"), $("caption"), { chosen: openPlace, resort: draw });
const card = new Card($("card"), {
  changed: draw,
  closed: (id) => { draw(); table.nameButton(id)?.focus(); },
  nearest: (id) => { const { place } = rowOf(id); choosePoint({ lon: place.lon, lat: place.lat, placeId: id, placeName: place.name }); },
  centre: (id) => { goToPlace(id); map?.map.getCanvas().focus(); },
});
const nearest = new Nearest($("nearest"), {
  need: () => view.need, changed: draw, chosen: openPlace, city: () => about.name,
  closest: (point) => Math.min(...store.list().map((place) => metresBetween(point, place) ?? Infinity)),
  cleared: () => { if (table.sort.column === "distance") table.sortBy("place", false); draw(); $("around").focus(); },
});

function draw() {
  clearTimeout(drawing);
  drawing = 0;
  const now = store.now(), paused = view.paused;
  const places = paused ? paused.places : store.list();
  const rows = places.map((place) => ({
    ...look(place, view.need, now), metres: nearest.point ? metresBetween(nearest.point, place) : null }));
  rowsById = new Map(rows.map((row) => [row.place.id, row]));
  const shared = { frozen: Boolean(paused), needWords: needWords() };
  renderNotices({ store, rows, clock: store.clock ?? about.clock, pace: about.pace, now, pausedAt: paused?.at });
  renderLegend(rows);
  $("clock").textContent = say("page.clock", { time: moment(now, { seconds: true, whose: true }) });
  table.render(rows, { ...shared, filter: view.filter, withDistance: nearest.point !== null, selected: card.id });
  nearest.render(rowOf, shared);
  card.render(rowOf(card.id), { ...shared, hasMap: map !== null, lookAs: (place, need) => look(place, need, now) });
  map?.render({ rows, selected: card.id ?? nearest.point?.placeId, point: nearest.point, spaces: rowOf(card.id)?.place.expired ? [] : card.spaces });
  document.documentElement.dataset.updated = paused ? paused.position : store.position;
}

/** Draw soon: a burst of changes is drawn once. */
function drawSoon() { drawing ||= setTimeout(draw, 120); }

function openPlace(id) {
  card.open(id);
  goToPlace(id);
}

function goToPlace(id) {
  const { place } = rowOf(id);
  const aside = matchMedia("(min-width: 60rem)").matches ? $("card").offsetWidth : 0;
  if (place.lon !== null) map?.goTo(place, { aside });
}

async function choosePoint(point) {
  if (card.id) { card.id = null; card.spaces = []; }
  $("map-hint").hidden = true; // whoever has found out needs it no more
  const asked = nearest.choose(point);
  table.sortBy("distance", false);
  await asked;
}

async function searchAroundMe() {
  speak(say("nearest.position_asking"));
  const found = await whereAmI();
  if (found.why) { nearest.fail(say(`nearest.position_${found.why}`)); return; }
  map?.goTo(found);
  choosePoint({ ...found, mine: true });
}

function togglePause() {
  view.paused = view.paused ? null : { places: store.list(), at: store.now(), position: store.position };
  draw();
}

function translate() {
  fillPage({ located: about.located[language()] ?? (about.name && say("page.located", { city: about.name })) });
  $("footer-attribution").textContent = about.attribution;
  showNotice("unreviewed", isReviewed() ? "" : say("page.unreviewed"));
  map?.relabel();
  table.redraw();
  draw();
}

$("pause").addEventListener("click", togglePause);
$("around").addEventListener("click", searchAroundMe);
$("need").addEventListener("change", ({ target }) => { view.need = target.value; table.redraw(); draw(); nearest.ask(); });
$("filter").addEventListener("input", ({ target }) => {
  view.filter = target.value;
  draw();
  speak(say("page.spoken_found", { count: $("table").querySelectorAll("tbody:not([hidden]) > tr[data-place]").length }));
});
for (const button of document.querySelectorAll("[data-lang]"))
  button.addEventListener("click", async () => { await speakLanguage(button.dataset.lang); translate(); });

// Every second: ages grow and values expire whether or not anything arrives.
setInterval(() => {
  if (document.hidden) return;
  draw();
  if (view.paused) return;
  speakSummary([...rowsById.values()]);
  nearest.keepTrue(rowOf);
  card.keepTrue(rowOf(card.id));
}, 1000);

/** Where a first look goes: where the city says; else the places heard near its centre, or a ring around it. */
function heartOfTown() {
  if (about.view) {
    const { lon, lat, zoom } = about.view, wide = 176 / 2 ** zoom, high = 0.6 * wide;
    return [lon - wide, lat - high, lon + wide, lat + high];
  }
  const [lon, lat] = about.center ?? [0, 0], [wide, high] = [0.021, 0.0125];
  const heard = store.list().filter((place) => place.observed_at !== null && place.lon !== null
    && metresBetween({ lon, lat }, place) < 1800);
  if (heard.length < 3) return [lon - wide, lat - high, lon + wide, lat + high];
  const lons = heard.map((place) => place.lon), lats = heard.map((place) => place.lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** The city's name, centre and credits; a gateway that is still loading is asked again. */
async function askAbout() {
  for (let tries = 0; tries < 10; tries += 1) {
    try {
      const reply = await fetch("/v1/about");
      if (reply.ok) { about = { ...about, ...(await reply.json()) }; readClockOf(about.name, about.zone); return; }
    } catch { /* the defaults above serve meanwhile */ }
    await new Promise((wake) => setTimeout(wake, 2000));
  }
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) draw(); });

/** For tests: what is known, and what the map's own data shows of it. */
window.placelibre = {
  store, view,
  get map() { return map?.map ?? null; },
  shownOnMap: (id) => map?.shown(id) ?? null,
};

translate();
listen("/v1/changes", store, drawSoon);
await askAbout();
translate();
try {
  map = await makeMap($("map"), about, heartOfTown, { picked: openPlace, pointed: choosePoint });
  $("map-hint").hidden = false;
  document.documentElement.dataset.map = "shown";
} catch (problem) {
  console.info("no map:", problem);
  $("map").hidden = true;
  $("no-map").hidden = false;
  document.documentElement.dataset.map = "absent";
}
translate();
