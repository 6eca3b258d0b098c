// Which language the page speaks, and how it says ages, distances and times in it.
import en from "./words-en.js";
import fr from "./words-fr.js";

const TONGUES = { fr, en };
const REMEMBERED = "placelibre.lang";
let lang = firstLanguage();

function firstLanguage() {
  const remembered = recall();
  if (remembered in TONGUES) return remembered;
  return (navigator.language || "fr").toLowerCase().startsWith("en") ? "en" : "fr";
}

// Storage may be forbidden (private windows): the page then simply forgets.
function recall() {
  try { return localStorage.getItem(REMEMBERED) ?? ""; } catch { return ""; }
}

export const language = () => lang;

export function speak(chosen) {
  lang = chosen;
  try { localStorage.setItem(REMEMBERED, chosen); } catch { /* forgotten, see recall */ }
}

/** The sentence `key` with its {braces} filled in. A missing key shows itself, so that it is found and fixed. */
export function say(key, values = {}) {
  const sentence = (TONGUES[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  return lang === "fr" ? sentence.replace(/ ([?:;!»])/g, "\u00a0$1").replace(/« /g, "«\u00a0") : sentence;
}

export const knows = (key) => key in TONGUES[lang];

/** A count in digits; unknown is a question mark, never zero. */
export const count = (n) => (n === null || n === undefined ? "?" : n.toLocaleString(lang));

/** "il y a 2 min". Rounded down, in steps coarse enough not to flicker. */
export function age(seconds) {
  if (seconds < 5) return say("now");
  if (seconds < 60) return say("ago", { span: unit("seconds", Math.floor(seconds / 5) * 5) });
  if (seconds < 3600) return say("ago", { span: unit("minutes", Math.floor(seconds / 60)) });
  if (seconds < 2 * 86400) return say("ago", { span: unit("hours", Math.floor(seconds / 3600)) });
  return say("ago", { span: unit("days", Math.floor(seconds / 86400)) });
}

const unit = (name, n) => say(name, { n: n.toLocaleString(lang) }).replace(" ", "\u00a0");

/** Metres in a straight line, no finer than the answer deserves. */
export function distance(metres) {
  if (metres < 995) return `${Math.max(10, Math.round(metres / 10) * 10)}\u00a0m`;
  return `${(metres / 1000).toLocaleString(lang, { maximumFractionDigits: metres < 9950 ? 1 : 0 })}\u00a0km`;
}

/** A moment in the reader's own time: the hour alone today, with its day otherwise. */
export function moment(ms, { seconds = false, day = !isToday(ms) } = {}) {
  const hour = { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) };
  const date = { day: "numeric", month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(lang === "fr" ? "fr-FR" : "en-GB", { ...hour, ...(day && date) }).format(ms);
}

const isToday = (ms) => new Date(ms).toDateString() === new Date().toDateString();

/** Fill every element that names its words. */
export function fillPage(values) {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word, values);
  for (const element of document.querySelectorAll("[data-word-label]"))
    element.setAttribute("aria-label", say(element.dataset.wordLabel, values));
  for (const button of document.querySelectorAll("[data-lang]"))
    button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
  document.title = say("title", values);
}
