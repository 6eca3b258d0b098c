// What may be said about a place now: pure functions from a document of the API to what table and map show.
// The same rules as parking/published/freshness.py: past `valid_until` a reader makes the numbers unknown by itself.

/** @import {Column, Look, Mark, Place, Point, Row, Sorting} from "./page" */

/** The marks, in the order in which they help a driver. Each has one shape (icons.js), one colour and one word. */
/** @type {Mark[]} */
export const MARKS = ["free", "partial", "almost", "full", "subscribers", "closed", "unknown"];

/** @type {Partial<Record<Place["level"], Mark>>} */
const LEVEL_MARKS = { spaces_available: "free", almost_full: "almost", full: "full" };

/**
 * The document as it may be shown at `now` (milliseconds of the server's clock).
 * @param {Place} place @param {number} now @returns {Place}
 */
export function asOf(place, now) {
  if (place.valid_until === null || now < Date.parse(place.valid_until)) return place;
  const forgotten = Object.entries(place.by_category).map(([use, seen]) => [use, { ...seen, vacant: null }]);
  return {
    ...place, expired: true, vacant: null, vacant_low: null, vacant_high: null, level: "unknown", opening: "unknown",
    by_category: Object.fromEntries(forgotten), reporting_share: 0, basis: null, confidence: null,
    by_hand: place.by_hand.filter(({ until }) => now < Date.parse(until)),
  };
}

/**
 * How a place looks to someone with this need. `vacant` is null when unknown.
 * @param {Place} document @param {string} need @param {number} now @returns {Look}
 */
export function look(document, need, now) {
  const place = asOf(document, now);
  const counted = place.by_category[need] ?? (need === "public" ? place : null);
  const barred = barredBy(place.opening, need);
  const vacant = barred || !counted ? null : counted.vacant;
  const partly = need === "public" ? isRange(place) : (place.reporting_share ?? 0) < 1;
  // Bays: what is seen free is free, and silent ones only add to it. A sum of entries and exits may be off either way.
  const about = vacant !== null && need === "public" && partly && place.basis === "derived";
  return {
    place, vacant, about,
    atLeast: vacant !== null && partly && !about,
    capacity: counted ? counted.capacity : null,
    mark: barred ?? (need === "public" ? markOf(place.level, surelyFree(place, about)) : markOf(levelOf(vacant, partly), vacant)),
    level: place.level,
    ageSeconds: place.observed_at === null ? null : Math.max(0, (now - Date.parse(place.observed_at)) / 1000),
    neverHeard: barred === null && (place.observed_at === null || !counted),
    simulated: place.simulated && place.observed_at !== null,
    small: place.kind === "zone",
  };
}

// What is surely free of everyone's spaces: the number; of a sum that may be off, or where there is no number, the lower bound.
/** @param {Place} place @param {boolean} about */
const surelyFree = ({ vacant, vacant_low: low }, about) => (about || vacant === null ? low : vacant);

/** @param {Place} place */
const isRange = ({ vacant_low: low, vacant_high: high }) => low !== null && high !== null && high > low;

/** @param {Place["opening"]} opening @param {string} need @returns {Mark | null} */
function barredBy(opening, need) {
  if (opening === "closed" || opening === "closed_abnormal") return "closed";
  return opening === "subscribers_only" && need !== "subscriber" ? "subscribers" : null;
}

// The API tells a level for everyone's spaces alone. None seen free, with sensors silent, is not full.
/** @param {number | null} vacant @param {boolean} partly @returns {Place["level"]} */
function levelOf(vacant, partly) {
  if (vacant === null || (vacant === 0 && partly)) return "unknown";
  return vacant === 0 ? "full" : "spaces_available";
}

// The level may be unknown (bays silent, a sum near a threshold) and yet something surely free. None is not the same as full.
/** @param {Place["level"]} level @param {number | null} least @returns {Mark} */
const markOf = (level, least) =>
  level === "unknown" && (least ?? 0) > 0 ? "partial" : (LEVEL_MARKS[level] ?? "unknown");

/**
 * Whether the number itself may be shown: an unknown place has none, whatever was counted in part of it.
 * @param {Pick<Look, "mark" | "vacant">} look
 */
export const shownVacant = ({ mark, vacant }) => (mark === "unknown" ? null : vacant);

/** @param {Pick<Look, "mark">} look */
export const hasSpace = ({ mark }) => mark === "free" || mark === "partial" || mark === "almost";

/**
 * The upsert rule: a change is taken when its revision is not older.
 * @param {Pick<Place, "revision">} change @param {Pick<Place, "revision"> | undefined} known
 */
export function isNewer(change, known) {
  if (!known) return true;
  const [epoch, offset] = change.revision, [knownEpoch, knownOffset] = known.revision;
  return epoch !== knownEpoch ? epoch > knownEpoch : offset >= knownOffset;
}

/**
 * The name without the word that nearly all of them begin with.
 * @param {Pick<Place, "name">} place
 */
export const shortName = ({ name }) => name.replace(/^Parking /, "");

/** A text as the filter compares it: without accents, case and outer blanks. @param {string} text */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** @type {Record<Column, (row: Row) => string | number | null>} */
const SORT_KEYS = {
  place: ({ place }) => shortName(place),
  free: (row) => shownVacant(row),
  capacity: ({ capacity }) => capacity,
  state: ({ mark }) => MARKS.indexOf(mark),
  age: ({ ageSeconds }) => ageSeconds,
  distance: ({ metres }) => metres,
};

/**
 * Rows in order; what has no value comes last in either direction, ties by name.
 * @template {Row} R
 * @param {R[]} rows @param {Sorting} sorting @param {string} lang @returns {R[]}
 */
export function sorted(rows, { column, descending }, lang) {
  const key = SORT_KEYS[column], turn = descending ? -1 : 1;
  const collator = new Intl.Collator(lang, { numeric: true });
  /** @param {string | number} a @param {string | number} b */
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, String(b)) : a - Number(b));
  return [...rows].sort((one, two) => {
    const a = key(one) ?? null, b = key(two) ?? null;
    if (a === null || b === null) return Number(a === null) - Number(b === null) || compare(one.place.name, two.place.name);
    return turn * compare(a, b) || compare(one.place.name, two.place.name);
  });
}

/**
 * Straight-line metres between two points (haversine, mean earth radius), null where a place has no point.
 * @param {Pick<Point, "lon" | "lat">} from @param {Pick<Place, "lon" | "lat">} place
 */
export function metresBetween(from, place) {
  if (place.lon === null || place.lat === null) return null;
  const radians = Math.PI / 180;
  /** @param {number} a @param {number} b */
  const half = (a, b) => Math.sin(((b - a) * radians) / 2) ** 2;
  const chord = half(from.lat, place.lat)
    + Math.cos(from.lat * radians) * Math.cos(place.lat * radians) * half(from.lon, place.lon);
  return 2 * 6371008.8 * Math.asin(Math.sqrt(chord));
}
