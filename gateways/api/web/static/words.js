// Which language the page speaks, and how it says ages, distances and times in it.
import { put, set, within } from "./dom.js";
import { Language } from "./language.js";
import { readJson } from "./waiting.js";

/** @import {LanguageFile} from "./language.js" */

const CODES = ["fr", "en", "br"];
const ELSE = "en";
const REMEMBERED = "placelibre.lang";

/** What the reader chose before; else the first of the browser's languages that somebody has reviewed here; else English. */
function firstLanguage() {
  const remembered = recall();
  if (CODES.includes(remembered)) return remembered;
  const wanted = (navigator.languages ?? [navigator.language ?? ""]).map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.map((code) => (code === "br" ? "fr" : code)).find((code) => CODES.includes(code)) ?? ELSE;
}

// Storage may be forbidden (private windows): the page then simply forgets.
function recall() {
  try { return localStorage.getItem(REMEMBERED) ?? ""; } catch { return ""; }
}

// Without its words the page has nothing to say: it waits for them, and the French of index.html stands meanwhile.
/** @param {string} code @returns {Promise<LanguageFile>} */
const readFile = (code) => readJson(`/static/words/${code}.json`);

/** @param {string} code */
async function readLanguage(code) {
  const file = await readFile(code);
  return new Language(file, file.fallback ? await readFile(file.fallback) : null);
}

let spoken = await readLanguage(firstLanguage());

export const language = () => spoken.code;
export const isReviewed = () => spoken.reviewed;

/** @param {string} chosen a code of CODES */
export async function speak(chosen) {
  spoken = await readLanguage(chosen);
  try { localStorage.setItem(REMEMBERED, chosen); } catch { /* forgotten, see recall */ }
}

/**
 * The sentence `key` with its {values}; `form` is "short" where there is little room.
 * @param {string} key @param {Record<string, unknown>} [values] @param {"long" | "short"} [form]
 */
export const say = (key, values, form) => spoken.say(key, values, form);

/** @param {string} key */
export const knows = (key) => spoken.knows(key);

/** A count in digits; unknown is a question mark, never zero. @param {number | null} n */
export const count = (n) => (n === null ? "?" : spoken.number(n));

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => spoken.number(value, options);

/** "il y a 2 min". @param {number} seconds */
export const age = (seconds) => spoken.age(seconds);

/** Metres in a straight line, "1,2 km". @param {number} metres */
export const distance = (metres) => spoken.distance(metres);

/** Whose clock the page reads: the city's, wherever the reader is. */
let clock = { city: "", zone: "UTC" };

/** @param {string} city @param {string} zone an IANA name */
export function readClockOf(city, zone) { clock = { city, zone: isKnown(zone) ? zone : "UTC" }; }

// An old browser may not know a zone's new name; a time in UTC that says so is better than none.
/** @param {string} timeZone */
function isKnown(timeZone) {
  try { return Boolean(new Intl.DateTimeFormat("en", { timeZone })); } catch { return false; }
}

/**
 * A moment by the city's clock: the hour alone today, with its day otherwise; to a reader whose clock differs it says whose.
 * @param {number} ms @param {{seconds?: boolean, day?: boolean, whose?: boolean}} [options]
 */
export function moment(ms, { seconds = false, day = !isToday(ms), whose = differs(ms) } = {}) {
  /** @type {Intl.DateTimeFormatOptions} */
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: clock.zone };
  if (seconds) shown.second = "2-digit";
  if (day) Object.assign(shown, { day: "numeric", month: "long", year: "numeric" });
  const time = new Intl.DateTimeFormat(spoken.locales, shown).format(ms);
  if (!whose) return time;
  return clock.zone === "UTC" ? `${time} UTC` : say("clock.local", { time, city: clock.city });
}

/** @param {number} ms @param {string} [timeZone] the reader's own where it is left out */
const dayAndHour = (ms, timeZone) =>
  new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "short", timeZone }).format(ms);
/** @param {number} ms */
const differs = (ms) => dayAndHour(ms, clock.zone) !== dayAndHour(ms);
/** @param {number} ms */
const isToday = (ms) => {
  const day = new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone: clock.zone });
  return day.format(ms) === day.format(Date.now());
};

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const A_MONDAY = Date.UTC(2026, 5, 1);

/** A day of OpenStreetMap's notation as this language shortens it: "Mo" is "lun". @param {string} day */
export function weekday(day) {
  const ms = A_MONDAY + DAYS.indexOf(day) * 86_400_000;
  return new Intl.DateTimeFormat(spoken.locales, { weekday: "short", timeZone: "UTC" }).format(ms).replace(".", "");
}

/**
 * Fill every element that names its words. `located` is how one says "in this city"; while it is null the title stays as
 * the gateway wrote it.
 * @param {string | null} located
 */
export function fillPage(located) {
  document.documentElement.lang = spoken.code;
  for (const element of list("[data-word]:not(h1)")) put(element, say(element.dataset.word ?? ""));
  for (const element of list("[data-word-label]")) set(element, "aria-label", say(element.dataset.wordLabel ?? ""));
  for (const button of list("[data-lang]")) set(button, "aria-pressed", String(button.dataset.lang === spoken.code));
  if (located === null) return;
  document.title = say("page.title", { located }).trim();
  put(within(document, "h1"), document.title);
}

/** @param {string} selector @returns {NodeListOf<HTMLElement>} */
const list = (selector) => document.querySelectorAll(selector);
