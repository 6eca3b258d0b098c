// The card of one place: everything known about it, each use counted apart, and how old it is.
import { markSvg } from "./icons.js";
import { addressText, ageText, hoursText, numberSpoken, numberText, stateWord } from "./phrases.js";
import { count, knows, moment, number, say } from "./words.js";

const ASK_AGAIN_MS = 4_000;
const USES = ["public", "disabled", "ev", "subscriber", "car_share", "carpool", "delivery", "motorcycle", "bike"];

export class Card {
  id = null;
  spaces = [];
  #extra = null;
  #askedAt = 0;

  constructor(section, { changed, closed, nearest, centre }) {
    Object.assign(this, { section, changed, closed });
    section.innerHTML = `<header><h2 id="card-title" tabindex="-1"></h2><button type="button" class="close">
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6l-12 12"/></svg><span class="unseen"></span></button></header>
      <p class="now"></p><div class="uses"></div><dl></dl>
      <p class="actions"><button type="button" class="main-action"></button><button type="button" class="quiet"></button></p>`;
    this.title = section.querySelector("h2");
    [this.closeButton, this.nearestButton, this.centreButton] = section.querySelectorAll("button");
    this.closeButton.addEventListener("click", () => this.close());
    this.nearestButton.addEventListener("click", () => nearest(this.id));
    this.centreButton.addEventListener("click", () => centre(this.id));
    section.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  async open(id) {
    this.id = id;
    this.#extra = null;
    this.spaces = [];
    this.changed();
    this.title.focus();
    await this.#fetch(id);
  }

  /** The bays of a street zone come with the answer alone, not with the live changes: ask again when the place moved. */
  keepTrue(row) {
    if (!row || !this.spaces.length || performance.now() - this.#askedAt < ASK_AGAIN_MS) return;
    if (String(row.place.revision) !== String(this.#extra.revision)) this.#fetch(row.place.id);
  }

  async #fetch(id) {
    this.#askedAt = performance.now();
    try {
      const found = await (await fetch(`/v1/sites/${encodeURIComponent(id)}`)).json();
      if (this.id !== id || !found.id) return;
      this.#extra = found;
      this.spaces = found.spaces ?? [];
    } catch { return; } // the card then says what the live state says
    this.changed();
  }

  close() {
    const id = this.id;
    this.id = null;
    this.spaces = [];
    this.closed(id);
  }

  render(row, { frozen, hasMap, lookAs }) {
    this.section.hidden = !row;
    if (!row) return;
    const { place } = row;
    put(this.title, place.name);
    put(this.closeButton.querySelector("span"), say("card.close"));
    put(this.nearestButton, say("card.nearest"));
    put(this.centreButton, say("card.centre"));
    this.nearestButton.hidden = place.lon === null;
    this.centreButton.hidden = place.lon === null || !hasMap;
    markup(this.section.querySelector(".now"), nowMarkup(row, frozen));
    markup(this.section.querySelector(".uses"), usesMarkup(place, lookAs));
    const facts = factsOf({ ...this.#extra, ...place }, row, place.expired ? [] : this.spaces);
    markup(this.section.querySelector("dl"), facts.map(([name, text]) => `<div><dt>${say(name)}</dt><dd>${safe(text)}</dd></div>`).join(""));
  }
}

function nowMarkup(row, frozen) {
  const of = row.capacity === null || row.mark === "closed" ? "" : ` <span class="of">${say("count.of", { count: row.capacity })}</span>`;
  const tag = row.simulated ? ` <span class="tag">${say("simulated", {}, "short")}</span>` : "";
  return `<span class="big">${markSvg(row.mark)}<b aria-hidden="true">${numberText(row)}</b><span class="unseen">${numberSpoken(row)}</span>${of}</span>
    <span class="word">${stateWord(row)}${tag}</span><span class="age">${ageText(row, frozen)}</span>`;
}

function usesMarkup(place, lookAs) {
  const shown = USES.filter((use) => place.by_category[use]);
  if (!shown.length) return "";
  const lines = shown.map((use) => {
    const row = lookAs(place, use), { capacity, mark } = row;
    const of = capacity === null ? "" : ` <span class="of">${say("count.of", { count: capacity })}</span>`;
    const word = mark === "unknown" ? ` <span class="of">${say("level.unknown")}</span>` : "";
    return `<li><span>${say(`audience.${use}`)}</span><span><b>${numberText(row)}</b>${word}${of}</span></li>`;
  });
  return `<h3>${say("card.by_need")}</h3><ul>${lines.join("")}</ul>${shown.length > 1 ? `<p class="detail">${say("card.separate")}</p>` : ""}`;
}

/** Pairs of a word and a text, only of what is known. */
function factsOf(place, { mark, vacant }, spaces) {
  const between = place.vacant !== null && place.vacant_high > place.vacant_low;
  const silent = place.observed_at !== null && place.reporting_share > 0 && place.reporting_share < 1;
  const notes = [...(place.expired ? ["card.expired"] : []), ...(mark === "full" && vacant > 0 ? ["card.full_margin"] : [])];
  const faults = place.faults.map((fault) => (knows(`fault.${fault}`) ? say(`fault.${fault}`) : fault));
  const facts = [
    ["card.range", between && say("count.between", { low: place.vacant_low, high: place.vacant_high })],
    ["column.opening", say(`opening.${place.opening}`)],
    ["card.hours", place.opening_hours && hoursText(place.opening_hours)],
    ["card.height", place.height_cm && `${number(place.height_cm / 100, { minimumFractionDigits: 2 })}\u00a0m`],
    ["card.address", addressText(place)],
    ["card.basis", place.basis && say(place.simulated ? "simulated" : `basis.${place.basis}`)],
    ["card.partly_counted", silent && say("card.partly_counted_share", { share: number(place.reporting_share, { style: "percent" }) })],
    ["card.out_of_service", place.out_of_service && count(place.out_of_service)],
    ["card.bays", tallyText(spaces)],
    ["card.observed", place.observed_at && moment(Date.parse(place.observed_at), { seconds: true })],
    ["card.valid_until", !place.expired && place.basis && moment(Date.parse(place.valid_until), { seconds: true })],
    ["card.notes", [...notes.map((note) => say(note)), ...faults].join(" ; ")],
  ];
  return facts.filter(([, text]) => text);
}

/** "3 free, 2 occupied": how many of the spaces are in which state, those that are in none left out. */
function tallyText(spaces) {
  const counts = { free: 0, occupied: 0, closed: 0, unknown: 0 };
  for (const { state } of spaces) counts[state] += 1;
  return Object.entries(counts).filter(([, n]) => n).map(([state, n]) => say(`space.${state}`, { count: n })).join(", ");
}

const safe = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const markup = (node, html) => { if (node.dataset.shown !== html) { node.innerHTML = html; node.dataset.shown = html; } };
