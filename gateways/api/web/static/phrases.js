// How a row of places.js reads in words: number, state, age. Table, card, list of the nearest and map all say it this way.
import { shownVacant } from "./places.js";
import { age, count, moment, say, weekday } from "./words.js";

/** @import {Look, Mark, Order, Place} from "./page" */

/**
 * "12", "12+" where some bays are silent, "≈ 12" where it is a sum with an error, "?" when unknown, "–" where nobody of
 * this need may enter.
 * @param {Look} row
 */
export function numberText(row) {
  if (row.mark === "closed" || row.mark === "subscribers") return "–";
  const vacant = shownVacant(row);
  if (vacant === null) return row.mark === "unknown" ? "?" : boundsText(row.place);
  return (row.about ? "≈\u00a0" : "") + count(vacant) + (row.atLeast ? "+" : "");
}

// A source may say that there are spaces, and not how many: at most between what.
/** @param {Place} place */
const boundsText = ({ vacant_low: low, vacant_high: high }) =>
  low === null ? "?" : high === null ? `≥\u00a0${count(low)}` : `${count(low)}–${count(high)}`;

/** @param {Place} place */
function boundsSpoken({ vacant_low: low, vacant_high: high }) {
  if (low === null) return say("count.unknown");
  return high === null ? say("count.at_least", { count: low }) : say("count.between", { low, high });
}

/** The same for ears. @param {Look} row */
export function numberSpoken(row) {
  if (row.mark === "closed" || row.mark === "subscribers" || row.mark === "unknown") return stateWord(row);
  if (row.vacant === null) return boundsSpoken(row.place);
  const words = row.about ? "count.about" : row.atLeast ? "count.at_least" : null;
  return words ? say(words, { count: row.vacant }) : count(row.vacant);
}

/** @type {Record<Mark, string>} */
const MARK_WORDS = {
  free: "level.spaces_available", partial: "page.partial", almost: "level.almost_full", full: "level.full",
  subscribers: "opening.subscribers_only", closed: "opening.closed", unknown: "level.unknown",
};

/** What a mark of places.js is called. @param {Mark} mark */
export const markWord = (mark) => say(MARK_WORDS[mark]);

/** @param {Look} row */
export function stateWord({ mark, place, vacant, about }) {
  if (mark === "partial" && about) return say("page.roughly");
  // Said to have spaces, and nobody says how many.
  if (vacant === null && (mark === "partial" || mark === "free")) return say("page.uncounted");
  return place.opening === "closed_abnormal" ? say("opening.closed_abnormal") : markWord(mark);
}

/** "operator", where a person has set the number or the opening; "simulated", where it is made up. @param {Look} row */
export function tagText({ simulated, place }) {
  if (simulated) return say("simulated", {}, "short");
  return place.by_hand.some(isShown) ? say("basis.set_by_hand", {}, "short") : "";
}

/** Whether it is what a driver sees of the place. @param {Order} order */
export const isShown = ({ aspect, category }) => aspect === "opening" || (aspect === "number" && category === "public");

/** What a person has set, until when and why. @param {Order} order */
export const orderText = (order) =>
  say("card.by_hand_until", { what: whatText(order), time: moment(Date.parse(order.until)), reason: say(`override_reason.${order.reason}`) });

/** @param {Order} order */
function whatText({ aspect, opening, vacant, category, space }) {
  if (opening !== null) return say(`opening.${opening}`);
  const what = say(aspect === "number" ? `audience.${category}` : `override_aspect.${aspect}`);
  if (aspect !== "number") return space && space !== "*" ? say("card.by_hand_of", { what, value: space }) : what;
  return say("card.by_hand_of", { what, value: vacant === null ? say("card.by_hand_unusable") : count(vacant) });
}

/**
 * Beside a number its age; where there is none, the age of the last one. On a page that is paused, a time of day instead.
 * @param {Look} row @param {boolean} frozen
 */
export function ageText({ ageSeconds, mark, neverHeard, place }, frozen) {
  if (ageSeconds === null || place.observed_at === null || neverHeard) return say("page.never_row");
  const time = () => moment(Date.parse(place.observed_at ?? ""), { seconds: true });
  const words = frozen ? say("age.at_time", { time: time() }) : age(ageSeconds);
  return mark === "unknown" ? say("age.last_number", { age: words }) : words;
}

/** @param {Look} row */
export const capacityText = ({ capacity }) => count(capacity);

/** "Place du Commerce, Nantes": the commune is added where the address does not end with it. @param {Pick<Place, "address" | "commune">} place */
export const addressText = ({ address, commune }) =>
  [address, commune && address?.endsWith(commune) ? null : commune].filter(Boolean).join(", ");

/** OpenStreetMap's notation in the reader's days; what stands in quotes is when it was stated. @param {string} notation */
export const hoursText = (notation) => notation
  .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, weekday)
  .replace(/ *"([^"]*)"/, (_, stated) => ` (${say("card.stated", { when: stated })})`);
