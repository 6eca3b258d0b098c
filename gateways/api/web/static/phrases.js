// How a row of places.js reads in words: number, state, age. Table, card, list of the nearest and map all say it this way.
import { shownVacant } from "./places.js";
import { age, count, moment, say } from "./words.js";

/** "12", "12+" where some bays are silent, "≈ 12" where it is a sum with an error, "?" when unknown, "–" where nobody of this need may enter. */
export function numberText(row) {
  if (row.mark === "closed" || row.mark === "subscribers") return "–";
  const vacant = shownVacant(row);
  return vacant === null ? "?" : (row.about ? "≈\u00a0" : "") + count(vacant) + (row.atLeast ? "+" : "");
}

/** The same for ears. */
export function numberSpoken(row) {
  if (row.mark === "closed" || row.mark === "subscribers" || row.mark === "unknown") return stateWord(row);
  const words = row.about ? "about" : row.atLeast ? "at_least" : null;
  return words ? say(words, { count: count(row.vacant) }) : count(row.vacant);
}

export function stateWord({ mark, place, about }) {
  if (mark === "partial" && about) return say("roughly");
  return say(place.opening === "closed_abnormal" ? "closed_abnormal" : mark);
}

/** Beside a number its age; where there is none, the age of the last one. `frozenAt` makes it a time of day instead. */
export function ageText(row, frozen) {
  if (row.ageSeconds === null || row.neverHeard) return say("never_row");
  const observed = Date.parse(row.place.observed_at);
  const words = frozen ? say("at_time", { time: moment(observed, { seconds: true }) }) : age(row.ageSeconds);
  return row.mark === "unknown" ? say("last_number", { age: words }) : words;
}

export const capacityText = ({ capacity }) => (capacity === null ? "?" : count(capacity));

/** For a live region or a button's name: "Parking Feydeau, 120, libre". */
export const spoken = (row) => `${row.place.name}, ${numberSpoken(row)}, ${stateWord(row)}`;

/** "Place du Commerce, Nantes": the commune is added where the address does not end with it. */
export const addressText = ({ address, commune }) =>
  [address, address?.endsWith(commune) ? null : commune].filter(Boolean).join(", ");

/** OpenStreetMap's notation in the reader's days; what stands in quotes is when it was stated. */
export const hoursText = (notation) => notation
  .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => say(day))
  .replace(/ *"([^"]*)"/, (_, stated) => ` (${say("stated", { when: stated })})`);
