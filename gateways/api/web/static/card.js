// The card of one place: everything known about it, each use counted apart, and how old it is.
import { markup, put, safe, within } from "./dom.js";
import { detailsOf, linkTo } from "./details.js";
import { markSvg } from "./icons.js";
import { speak } from "./notices.js";
import { addressText, ageText, hoursText, isShown, numberSpoken, numberText, orderText, stateWord, tagText } from "./phrases.js";
import { count, knows, moment, number, say } from "./words.js";

/** @import {Drawing, Look, Mark, Place, Row, Site, Space} from "./page" */
/** @typedef {(place: Place, need: string) => Look} LookAs */
/**
 * @typedef {object} CardCalls what the card asks of the page; the id is that of its place
 * @property {() => void} changed
 * @property {(id: string) => void} closed
 * @property {(id: string) => void} nearest
 * @property {(id: string) => void} centre
 */

const ASK_AGAIN_MS = 4_000;
const USES = ["public", "disabled", "ev", "subscriber", "car_share", "carpool", "delivery", "motorcycle", "bike"];

export class Card {
  /** The place that is shown. @type {string | null} */
  id = null;
  /** Its single bays, as last asked for. @type {Space[]} */
  spaces = [];
  /** @type {Site | null} */
  #extra = null;
  #askedAt = 0;
  /** How the place looked when it was last drawn. @type {Mark | null} */
  #mark = null;

  /** @param {HTMLElement} section @param {CardCalls} calls */
  constructor(section, calls) {
    this.section = section;
    this.calls = calls;
    section.innerHTML = `<header><h2 id="card-title" tabindex="-1"></h2><button type="button" class="close">
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6l-12 12"/></svg><span class="unseen"></span></button></header>
      <p class="now"></p><div class="uses"></div><dl></dl>
      <p class="actions"><button type="button" class="main-action"></button><button type="button" class="quiet"></button></p>`;
    this.title = within(section, "h2");
    this.now = within(section, ".now");
    this.uses = within(section, ".uses");
    this.facts = within(section, "dl");
    this.closeWords = within(section, ".close span");
    this.nearestButton = within(section, ".main-action");
    this.centreButton = within(section, ".quiet");
    within(section, ".close").addEventListener("click", () => this.close());
    this.nearestButton.addEventListener("click", () => { if (this.id) calls.nearest(this.id); });
    this.centreButton.addEventListener("click", () => { if (this.id) calls.centre(this.id); });
  }

  /** @param {string} id */
  async open(id) {
    this.id = id;
    this.#extra = null;
    this.spaces = [];
    this.#mark = null;
    this.calls.changed();
    this.title.focus();
    await this.#fetch(id);
  }

  /**
   * The bays of a street zone come with the answer alone, not with the live changes: ask again when the place moved.
   * @param {Row | undefined} row
   */
  keepTrue(row) {
    if (!row || !this.spaces.length || performance.now() - this.#askedAt < ASK_AGAIN_MS) return;
    if (String(row.place.revision) !== String(this.#extra?.revision)) this.#fetch(row.place.id);
  }

  /** @param {string} id */
  async #fetch(id) {
    this.#askedAt = performance.now();
    try {
      const reply = await fetch(`/v1/sites/${encodeURIComponent(id)}`);
      if (!reply.ok) return;
      /** @type {Site} */
      const found = await reply.json();
      if (this.id !== id) return;
      this.#extra = found;
      this.spaces = found.spaces;
    } catch { return; } // the card then says what the live state says
    this.calls.changed();
  }

  /** Show no place, and say nothing of it. */
  forget() {
    this.id = null;
    this.spaces = [];
  }

  close() {
    const id = this.id;
    this.forget();
    if (id) this.calls.closed(id);
  }

  /** @param {Row | undefined} row @param {Drawing & {hasMap: boolean, lookAs: LookAs}} drawing */
  render(row, { frozen, hasMap, lookAs }) {
    this.section.hidden = !row;
    if (!row) return;
    const { place } = row;
    if (this.#mark !== null && this.#mark !== row.mark)
      speak([place.name, stateWord(row), numberSpoken(row)].join(", "));
    this.#mark = row.mark;
    put(this.title, place.name);
    put(this.closeWords, say("card.close"));
    put(this.nearestButton, say("card.nearest"));
    put(this.centreButton, say("card.centre"));
    this.nearestButton.hidden = place.lon === null;
    this.centreButton.hidden = place.lon === null || !hasMap;
    markup(this.now, nowMarkup(row, frozen));
    markup(this.uses, usesMarkup(place, lookAs));
    const facts = factsOf({ ...this.#extra, ...place }, row, place.expired ? [] : this.spaces, this.#extra?.details ?? {});
    markup(this.facts, facts.map(([name, text]) => `<div><dt>${say(name)}</dt><dd>${name === "card.page" ? linkTo(text) : safe(text)}</dd></div>`).join(""));
  }
}

/** @param {Row} row @param {boolean} frozen */
function nowMarkup(row, frozen) {
  const of = row.mark === "closed" ? "" : ofMarkup(row);
  const words = tagText(row);
  const tag = words && ` <span class="tag">${words}</span>`;
  return `<span class="big">${markSvg(row.mark)}<b aria-hidden="true">${numberText(row)}</b><span class="unseen">${numberSpoken(row)}</span>${of}</span>
    <span class="word">${stateWord(row)}${tag}</span><span class="age">${ageText(row, frozen)}</span>`;
}

/** "of 500", or nothing. @param {Look} row */
const ofMarkup = ({ capacity }) => (capacity === null ? "" : ` <span class="of">${say("count.of", { count: capacity })}</span>`);

/** @param {Place} place @param {LookAs} lookAs */
function usesMarkup(place, lookAs) {
  const shown = USES.filter((use) => place.by_category[use]);
  if (!shown.length) return "";
  const lines = shown.map((use) => {
    const row = lookAs(place, use);
    const isSaid = row.vacant === null && row.mark !== "closed" && row.mark !== "subscribers"; // a level, and no number
    const word = row.mark === "unknown" || isSaid ? ` <span class="of">${stateWord(row)}</span>` : "";
    return `<li><span>${say(`audience.${use}`)}</span><span><b>${numberText(row)}</b>${word}${ofMarkup(row)}</span></li>`;
  });
  return `<h3>${say("card.by_need")}</h3><ul>${lines.join("")}</ul>${shown.length > 1 ? `<p class="detail">${say("card.separate")}</p>` : ""}`;
}

/** Pairs of a word and a text, only of what is known. @param {Place} place @param {Row} row @param {Space[]} spaces @param {Site["details"]} details */
function factsOf(place, { mark, vacant }, spaces, details) {
  const { vacant_low: low, vacant_high: high, reporting_share: share, basis } = place;
  const silent = place.observed_at !== null && share !== null && share > 0 && share < 1;
  const notes = [...(place.expired ? ["card.expired"] : []), ...(mark === "full" && (vacant ?? 0) > 0 ? ["card.full_margin"] : [])];
  const faults = place.faults.map((fault) => (knows(`fault.${fault}`) ? say(`fault.${fault}`) : fault));
  /** @type {Array<[string, string | null | false]>} */
  const facts = [
    ["card.range", low !== null && high !== null && high > low && say("count.between", { low, high })],
    ["column.opening", say(`opening.${place.opening}`)],
    ["card.hours", place.opening_hours && hoursText(place.opening_hours)],
    ["card.height", place.height_cm !== null && `${number(place.height_cm / 100, { minimumFractionDigits: 2 })}\u00a0m`],
    ["card.address", addressText(place)],
    ...detailsOf(details),
    ["card.basis", basis && say(place.simulated ? "simulated" : `basis.${basis}`)],
    ["card.partly_counted", silent && say("card.partly_counted_share", { share: number(share, { style: "percent" }) })],
    ["card.out_of_service", Boolean(place.out_of_service) && count(place.out_of_service)],
    ["card.bays", tallyText(spaces)],
    ["card.observed", timeText(place.observed_at)],
    ["card.valid_until", !place.expired && basis && timeText(place.valid_until)],
    ...place.by_hand.map((order) => /** @type {[string, string]} */ (["card.by_hand", orderText(order)])),
    ["card.beneath", place.by_hand.some(isShown) && beneathText(place.beneath)],
    ["card.notes", [...notes.map((note) => say(note)), ...faults].join(" ; ")],
  ];
  return facts.flatMap(([name, text]) => (text ? [/** @type {const} */ ([name, text])] : []));
}

/** What sensors say where a person has set something. @param {Place["beneath"]} beneath */
const beneathText = (beneath) => beneath &&
  `${beneath.vacant === null ? say("count.unknown") : count(beneath.vacant)}, ${say(`opening.${beneath.opening}`)}`;

/** @param {string | null} iso */
const timeText = (iso) => iso && moment(Date.parse(iso), { seconds: true });

/** "3 free, 2 occupied": how many of the spaces are in which state, those that are in none left out. @param {Space[]} spaces */
function tallyText(spaces) {
  return BAY_STATES.map((state) => ({ state, count: spaces.filter((space) => space.state === state).length }))
    .filter((tally) => tally.count).map((tally) => say(`space.${tally.state}`, { count: tally.count })).join(", ");
}

/** @type {Array<Space["state"]>} */
const BAY_STATES = ["free", "occupied", "closed", "unknown"];
