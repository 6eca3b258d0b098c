// Which language the page speaks, and how it says ages, distances and times in it.
import { Language } from "./language.js";

const CODES = ["fr", "en", "br"];
const ELSE = "en";
const REMEMBERED = "placelibre.lang";
const RETRY_MS = 2_000;
let spoken = await readLanguage(firstLanguage());

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
async function readFile(code) {
  for (;;) {
    try {
      const reply = await fetch(`/static/words/${code}.json`);
      if (reply.ok) return await reply.json();
    } catch { /* asked again below */ }
    await new Promise((wake) => setTimeout(wake, RETRY_MS));
  }
}

async function readLanguage(code) {
  const file = await readFile(code);
  return new Language(file, file.fallback ? await readFile(file.fallback) : null);
}

export const language = () => spoken.code;
export const isReviewed = () => spoken.reviewed;

export async function speak(chosen) {
  spoken = await readLanguage(chosen);
  try { localStorage.setItem(REMEMBERED, chosen); } catch { /* forgotten, see recall */ }
}

/** The sentence `key` with its {values}; `form` is "short" where there is little room. */
export const say = (key, values, form) => spoken.say(key, values, form);

export const knows = (key) => spoken.knows(key);

/** A count in digits; unknown is a question mark, never zero. */
export const count = (n) => (n === null || n === undefined ? "?" : spoken.number(n));

export const number = (value, options) => spoken.number(value, options);

/** "il y a 2 min". Rounded down, in steps coarse enough not to flicker. */
export function age(seconds) {
  if (seconds < 5) return say("age.now");
  if (seconds < 60) return ago("seconds", Math.floor(seconds / 5) * 5);
  if (seconds < 3600) return ago("minutes", Math.floor(seconds / 60));
  if (seconds < 2 * 86400) return ago("hours", Math.floor(seconds / 3600));
  return ago("days", Math.floor(seconds / 86400));
}

const ago = (unit, n) => say("age.ago", { span: say(`age.${unit}`, { count: n }).replace(" ", "\u00a0") });

/** Metres in a straight line, no finer than the answer deserves. */
export function distance(metres) {
  if (metres < 995) return `${Math.max(10, Math.round(metres / 10) * 10)}\u00a0m`;
  return `${number(metres / 1000, { maximumFractionDigits: metres < 9950 ? 1 : 0 })}\u00a0km`;
}

/** Whose clock the page reads: the city's, wherever the reader is. */
let clock = { city: "", zone: "UTC" };

export function readClockOf(city, zone) { clock = { city, zone: isKnown(zone) ? zone : "UTC" }; }

// An old browser may not know a zone's new name; a time in UTC that says so is better than none.
function isKnown(timeZone) {
  try { return Boolean(new Intl.DateTimeFormat("en", { timeZone })); } catch { return false; }
}

/** A moment by the city's clock: the hour alone today, with its day otherwise; to a reader whose clock differs it says whose. */
export function moment(ms, { seconds = false, day = !isToday(ms), whose = differs(ms) } = {}) {
  const hour = { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }), hourCycle: "h23" };
  const date = { day: "numeric", month: "long", year: "numeric" };
  const time = new Intl.DateTimeFormat(spoken.locales, { ...hour, ...(day && date), timeZone: clock.zone }).format(ms);
  if (!whose) return time;
  return clock.zone === "UTC" ? `${time} UTC` : say("clock.local", { time, city: clock.city });
}

const dayAndHour = (ms, timeZone) =>
  new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "short", timeZone }).format(ms);
const differs = (ms) => dayAndHour(ms, clock.zone) !== dayAndHour(ms, undefined);
const isToday = (ms) => {
  const day = (at) => new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone: clock.zone }).format(at);
  return day(ms) === day(Date.now());
};

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const A_MONDAY = Date.UTC(2026, 5, 1);

/** A day of OpenStreetMap's notation as this language shortens it: "Mo" is "lun". */
export function weekday(day) {
  const ms = A_MONDAY + DAYS.indexOf(day) * 86_400_000;
  return new Intl.DateTimeFormat(spoken.locales, { weekday: "short", timeZone: "UTC" }).format(ms).replace(".", "");
}

/** Fill every element that names its words. */
export function fillPage(values) {
  document.documentElement.lang = spoken.code;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word, values);
  for (const element of document.querySelectorAll("[data-word-label]"))
    element.setAttribute("aria-label", say(element.dataset.wordLabel, values));
  for (const button of document.querySelectorAll("[data-lang]"))
    button.setAttribute("aria-pressed", String(button.dataset.lang === spoken.code));
  document.title = say("page.title", values).trim();
}
