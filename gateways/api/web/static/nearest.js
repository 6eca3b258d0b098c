// The nearest places with something free: from a point on the map, from the reader's position, or from another place.
import { markSvg } from "./icons.js";
import { hasSpace, shortName } from "./places.js";
import { ageText, numberSpoken, numberText, stateWord } from "./phrases.js";
import { distance, say } from "./words.js";

const HITS = 5;
const ASK_AGAIN_MS = 15_000;
const ELSEWHERE_M = 20_000; // farther than this from every place is not in this city
const BLURRED = 4; // decimals, about 10 m: enough to park, less than an address

export class Nearest {
  /** `{lon, lat, placeId | null, placeName | null, mine}` or null. */
  point = null;
  hits = [];
  #problem = null;
  #asked = 0;
  #askedAt = 0;

  /** `closest(point)` is how far the closest of all places is, in metres; `city()` is the name of the city. */
  constructor(section, { need, changed, chosen, cleared, closest, city }) {
    Object.assign(this, { section, need, changed, chosen, cleared, closest, city });
    section.innerHTML = `<header><h2 id="nearest-title" tabindex="-1"></h2><button type="button" class="quiet"></button></header>
      <p class="detail"></p><p class="problem" hidden></p><ol></ol>`;
    [this.title, this.clear] = section.querySelectorAll("h2, button");
    [this.detail, this.problem] = section.querySelectorAll("p");
    this.list = section.querySelector("ol");
    this.clear.addEventListener("click", () => { this.#forget(null); this.section.hidden = true; cleared(); });
  }

  /** Ask around this point; the answer is shown and its title takes the focus. */
  async choose({ lon, lat, placeId = null, placeName = null, mine = false }, { focus = true } = {}) {
    this.point = { lon: blur(lon), lat: blur(lat), placeId, placeName, mine };
    this.hits = [];
    await this.ask();
    if (focus) this.title.focus({ preventScroll: false });
  }

  async ask() {
    if (!this.point) return;
    const turn = ++this.#asked;
    this.#askedAt = performance.now();
    if (!this.hits.length) this.#problem = say("nearest.asking");
    this.changed();
    const { lon, lat, placeId } = this.point;
    const query = new URLSearchParams({ lon, lat, k: placeId ? HITS + 1 : HITS, radius_m: 2000, need: this.need() });
    const answer = await get(`/v1/nearest?${query}`);
    if (turn !== this.#asked) return; // another point was chosen meanwhile
    // From a place, the nearest others are asked for.
    this.hits = (answer.hits ?? []).filter(({ id }) => id !== placeId).slice(0, HITS);
    this.#problem = answer.hits ? (this.hits.length ? null : this.#whyNone())
      : answer.detail ? say("nearest.refused", { detail: answer.detail }) : say("nearest.failed");
    this.changed();
  }

  #whyNone() {
    const metres = this.closest(this.point);
    if (metres <= ELSEWHERE_M) return say("nearest.none");
    return say(this.point.mine ? "nearest.you_are_elsewhere" : "nearest.point_is_elsewhere",
      { city: this.city(), distance: distance(metres) });
  }

  /** Ask again when what was recommended is gone, and now and then: something nearer may have become free. */
  keepTrue(rowOf) {
    const gone = this.hits.some(({ id }) => { const row = rowOf(id); return row && !hasSpace(row); });
    const waited = performance.now() - this.#askedAt;
    if (this.point && waited > (gone ? ASK_AGAIN_MS / 3 : ASK_AGAIN_MS)) this.ask();
  }

  /** No point and no hits any more; an answer that is still on its way is not waited for. */
  #forget(problem) {
    this.point = null;
    this.hits = [];
    this.#problem = problem;
    this.#asked += 1;
  }

  fail(words) {
    this.#forget(words);
    this.changed();
    this.title.focus();
  }

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

  #renderHits(rowOf, frozen) {
    const known = this.hits.filter(({ id }) => rowOf(id));
    const ids = known.map(({ id }) => id).join();
    if (this.list.dataset.shown !== ids) {
      const focused = this.list.dataset.shown?.split(",")[[...this.list.children].findIndex((item) => item.contains(document.activeElement))];
      this.list.dataset.shown = ids;
      this.list.innerHTML = known.map(() => `<li><button type="button"><b></b><span class="what"><span class="name"></span>
        <span class="detail"></span></span></button></li>`).join("");
      known.forEach(({ id }, at) => this.list.children[at].firstChild.addEventListener("click", () => this.chosen(id)));
      if (focused) (this.list.children[known.findIndex(({ id }) => id === focused)]?.firstChild ?? this.title).focus({ preventScroll: true });
    }
    known.forEach((hit, at) => {
      const row = rowOf(hit.id), item = this.list.children[at];
      const number = item.querySelector("b"), name = item.querySelector(".name"), detail = item.querySelector(".detail");
      const markup = `${markSvg(row.mark)}<span aria-hidden="true">${numberText(row)}</span><span class="unseen">${numberSpoken(row)}</span>`;
      if (number.dataset.shown !== markup) { number.innerHTML = markup; number.dataset.shown = markup; }
      put(name, shortName(row.place));
      const words = [`${distance(hit.distance_m)} ${say("straight_line", {}, "short")}`, stateWord(row), ageText(row, frozen)];
      put(detail, [...words, ...(row.simulated ? [say("simulated", {}, "short")] : [])].join(" · "));
    });
  }
}

async function get(url) {
  try { return await (await fetch(url, { headers: { accept: "application/json" } })).json(); } catch { return {}; }
}

/** The reader's position, or null with a reason: "refused" or "failed". */
export function whereAmI() {
  if (!navigator.geolocation) return Promise.resolve({ why: "failed" });
  return new Promise((resolve) => navigator.geolocation.getCurrentPosition(
    ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
    ({ code }) => resolve({ why: code === 1 ? "refused" : "failed" }),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
  ));
}

const blur = (degrees) => Number(degrees.toFixed(BLURRED));
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
