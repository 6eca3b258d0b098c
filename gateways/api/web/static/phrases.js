// How a row of places.js reads in words: number, state, age. Table, card, list of the nearest and map all say it this way.
import { shownVacant } from "./places.js";
import { age, count, moment, say, weekday } from "./words.js";

/** "12", "12+" where some bays are silent, "≈ 12" where it is a sum with an error, "?" when unknown, "–" where nobody of this need may enter. */
export function numberText(row) {
  if (row.mark === "closed" || row.mark === "subscribers") return "–";
  const vacant = shownVacant(row);
  return vacant === null ? "?" : (row.about ? "≈\u00a0" : "") + count(vacant) + (row.atLeast ? "+" : "");
}

/** The same for ears. */
export function numberSpoken(row) {
  if (row.mark === "closed" || row.mark === "subscribers" || row.mark === "unknown") return stateWord(row);
  const words = row.about ? "count.about" : row.atLeast ? "count.at_least" : null;
  return words ? say(words, { count: row.vacant }) : count(row.vacant);
}

const MARK_WORDS = {
  free: "level.spaces_available", partial: "page.partial", almost: "level.almost_full", full: "level.full",
  subscribers: "opening.subscribers_only", closed: "opening.closed", unknown: "level.unknown",
};

/** What a mark of places.js is called. */
export const markWord = (mark) => say(MARK_WORDS[mark]);

export function stateWord({ mark, place, about }) {
  if (mark === "partial" && about) return say("page.roughly");
  return place.opening === "closed_abnormal" ? say("opening.closed_abnormal") : markWord(mark);
}

/** Beside a number its age; where there is none, the age of the last one. `frozenAt` makes it a time of day instead. */
export function ageText(row, frozen) {
  if (row.ageSeconds === null || row.neverHeard) return say("page.never_row");
  const observed = Date.parse(row.place.observed_at);
  const words = frozen ? say("age.at_time", { time: moment(observed, { seconds: true }) }) : age(row.ageSeconds);
  return row.mark === "unknown" ? say("age.last_number", { age: words }) : words;
}

export const capacityText = ({ capacity }) => (capacity === null ? "?" : count(capacity));

/** For a live region or a button's name: "Parking Feydeau, 120, libre". */
export const spoken = (row) => `${row.place.name}, ${numberSpoken(row)}, ${stateWord(row)}`;

/** "Place du Commerce, Nantes": the commune is added where the address does not end with it. */
export const addressText = ({ address, commune }) =>
  [address, address?.endsWith(commune) ? null : commune].filter(Boolean).join(", ");

/** OpenStreetMap's notation in the reader's days; what stands in quotes is when it was stated. */
export const hoursText = (notation) => notation
  .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, weekday)
  .replace(/ *"([^"]*)"/, (_, stated) => ` (${say("card.stated", { when: stated })})`);
