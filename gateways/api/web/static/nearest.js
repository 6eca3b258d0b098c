// The nearest places with something free: from a point on the map, from the reader's position, or from another place.
import { markup, put, within } from "./dom.js";
import { markSvg } from "./icons.js";
import { hasSpace, shortName } from "./places.js";
import { ageText, numberSpoken, numberText, stateWord, tagText } from "./phrases.js";
import { distance, say } from "./words.js";

/** @import {Drawing, Hit, Point, Row, RowOf} from "./page" */
/**
 * @typedef {object} NearestCalls what the list asks of the page
 * @property {() => string} need of whom the reader looks for
 * @property {() => string} city its name
 * @property {(point: Point) => number} closest how far the closest of all places is, in metres
 * @property {() => void} changed
 * @property {(id: string) => void} chosen
 * @property {() => void} cleared
 */

const HITS = 5;
const ASK_AGAIN_MS = 15_000;
const ELSEWHERE_M = 20_000; // farther than this from every place is not in this city
const BLURRED = 4; // decimals, about 10 m: enough to park, less than an address

export class Nearest {
  /** @type {Point | null} */
  point = null;
  /** @type {Hit[]} */
  hits = [];
  /** @type {string | null} */
  #problem = null;
  #asked = 0;
  #askedAt = 0;
  #shown = "";

  /** @param {HTMLElement} section @param {NearestCalls} calls */
  constructor(section, calls) {
    this.section = section;
    this.calls = calls;
    section.innerHTML = `<header><h2 id="nearest-title" tabindex="-1"></h2><button type="button" class="quiet"></button></header>
      <p class="detail"></p><p class="problem" hidden></p><ol></ol>`;
    this.title = within(section, "h2");
    this.clear = within(section, "button");
    this.detail = within(section, ".detail");
    this.problem = within(section, ".problem");
    this.list = within(section, "ol");
    this.clear.addEventListener("click", () => { this.#forget(null); this.section.hidden = true; calls.cleared(); });
  }

  /** Ask around this point; the answer is shown and its title takes the focus. @param {Point} point */
  async choose(point) {
    this.point = point.placeId ? point : { ...point, lon: blur(point.lon), lat: blur(point.lat) };
    this.hits = [];
    await this.ask();
    this.title.focus();
  }

  async ask() {
    const point = this.point;
    if (!point) return;
    const turn = ++this.#asked;
    this.#askedAt = performance.now();
    if (!this.hits.length) this.#problem = say("nearest.asking");
    this.calls.changed();
    const query = new URLSearchParams({ radius_m: "2000", need: this.calls.need(), k: String(HITS + (point.placeId ? 1 : 0)),
      lon: String(point.lon), lat: String(point.lat) });
    const answer = await get(`/v1/nearest?${query}`);
    if (turn !== this.#asked) return; // another point was chosen meanwhile
    // From a place, the nearest others are asked for.
    this.hits = (answer.hits ?? []).filter(({ id }) => id !== point.placeId).slice(0, HITS);
    this.#problem = answer.hits ? (this.hits.length ? null : this.#whyNone(point))
      : answer.detail ? say("nearest.refused", { detail: answer.detail }) : say("nearest.failed");
    this.calls.changed();
  }

  /** @param {Point} point */
  #whyNone(point) {
    const metres = this.calls.closest(point);
    if (metres <= ELSEWHERE_M) return say("nearest.none");
    return say(point.mine ? "nearest.you_are_elsewhere" : "nearest.point_is_elsewhere",
      { city: this.calls.city(), distance: distance(metres) });
  }

  /** Ask again when what was recommended is gone, and now and then: something nearer may have become free. @param {RowOf} rowOf */
  keepTrue(rowOf) {
    const gone = this.hits.some(({ id }) => { const row = rowOf(id); return row && !hasSpace(row); });
    const waited = performance.now() - this.#askedAt;
    if (this.point && waited > (gone ? ASK_AGAIN_MS / 3 : ASK_AGAIN_MS)) this.ask();
  }

  /** No point and no hits any more; an answer that is still on its way is not waited for. @param {string | null} problem */
  #forget(problem) {
    this.point = null;
    this.hits = [];
    this.#problem = problem;
    this.#asked += 1;
  }

  /** @param {string} words */
  fail(words) {
    this.#forget(words);
    this.calls.changed();
    this.title.focus();
  }

  /** @param {RowOf} rowOf @param {Drawing} drawing */
  render(rowOf, { frozen, needWords }) {
    this.section.hidden = !this.point && !this.#problem;
    const label = this.point?.placeName ?? say(this.point?.mine || !this.point ? "nearest.my_position" : "nearest.this_point");
    put(this.title, say("nearest.title", { label }));
    put(this.clear, say("nearest.clear"));
    put(this.detail, say("nearest.within", { need: needWords }));
    put(this.problem, this.#problem ?? "");
    this.problem.hidden = !this.#problem;
    this.#renderHits(rowOf, frozen);
  }

  /** @param {RowOf} rowOf @param {boolean} frozen */
  #renderHits(rowOf, frozen) {
    const known = this.hits.flatMap((hit) => { const row = rowOf(hit.id); return row ? [{ hit, row }] : []; });
    const ids = known.map(({ hit }) => hit.id);
    if (this.#shown !== ids.join()) this.#buildHits(ids);
    for (const [at, { hit, row }] of known.entries()) {
      const item = this.list.children[at];
      markup(within(item, "b"),
        `${markSvg(row.mark)}<span aria-hidden="true">${numberText(row)}</span><span class="unseen">${numberSpoken(row)}</span>`);
      put(within(item, ".name"), shortName(row.place));
      put(within(item, ".detail"), hitText(hit, row, frozen));
    }
  }

  /** Lines for these places; a line that had the focus keeps it, wherever it stands now. @param {string[]} ids */
  #buildHits(ids) {
    const lines = [...this.list.children];
    const focused = this.#shown.split(",")[lines.findIndex((line) => line.contains(document.activeElement))];
    this.#shown = ids.join();
    this.list.innerHTML = ids.map(() => `<li><button type="button"><b></b><span class="what"><span class="name"></span>
      <span class="detail"></span></span></button></li>`).join("");
    const buttons = [...this.list.querySelectorAll("button")];
    for (const [at, button] of buttons.entries()) button.addEventListener("click", () => this.calls.chosen(ids[at]));
    if (focused) (buttons[ids.indexOf(focused)] ?? this.title).focus({ preventScroll: true });
  }
}

/** @param {Hit} hit @param {Row} row @param {boolean} frozen */
function hitText(hit, row, frozen) {
  const metres = row.metres ?? hit.distance_m; // the table's own, so that one distance is one figure
  const words = [`${distance(metres)} ${say("straight_line", {}, "short")}`, stateWord(row), ageText(row, frozen)];
  return [...words, ...(tagText(row) ? [tagText(row)] : [])].join(" · ");
}

/** What the gateway found, or why it refused; neither where it cannot be reached. @param {string} url @returns {Promise<{hits?: Hit[], detail?: string}>} */
async function get(url) {
  try { return await (await fetch(url, { headers: { accept: "application/json" } })).json(); } catch { return {}; }
}

/** The reader's position, or why it is not known. @returns {Promise<{at: Point} | {at: null, why: "refused" | "failed"}>} */
export function whereAmI() {
  if (!navigator.geolocation) return Promise.resolve({ at: null, why: "failed" });
  return new Promise((resolve) => navigator.geolocation.getCurrentPosition(
    ({ coords }) => resolve({ at: { lon: coords.longitude, lat: coords.latitude, mine: true } }),
    ({ code }) => resolve({ at: null, why: code === 1 ? "refused" : "failed" }),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
  ));
}

/** @param {number} degrees */
const blur = (degrees) => Number(degrees.toFixed(BLURRED));
