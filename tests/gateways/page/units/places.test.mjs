// How places are shown and ordered; the rules themselves are judged by Python's vectors (rules.test.mjs).
import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "./browser.mjs";
import { MARKS, asOf, hasSpace, look, metresBetween, plain, shortName, shownVacant, sorted } from "../../../../gateways/api/web/static/places.js";

const NOW = Date.parse("2026-06-01T10:00:00Z");
const at = (place, need = "public", now = NOW) => look(placeOf(place), need, now);
const row = (name, more = {}) => ({ ...at({ name, ...more }), metres: null });
const names = (rows, column, descending = false) => sorted(rows, { column, descending }, "fr").map(({ place }) => place.name);

test("a value holds until its limit and not at it", () => {
  const limit = Date.parse("2026-06-01T10:15:00Z");
  assert.equal(asOf(placeOf(), limit - 1).vacant, 12);
  assert.equal(asOf(placeOf(), limit).vacant, null);
  assert.equal(asOf(placeOf({ valid_until: null }), limit).vacant, 12, "what has no limit does not end");
  assert.equal(at({}, "public", limit).mark, "unknown");
  assert.equal(at({}, "public", limit).ageSeconds, 900, "how old it is stays known");
});

test("each level has its mark, and unknown is none of them", () => {
  const marks = [["spaces_available", "free"], ["almost_full", "almost"], ["full", "full"], ["unknown", "unknown"]];
  for (const [level, mark] of marks) assert.equal(at({ level, vacant: null }).mark, mark);
  assert.equal(at({ level: "full", vacant: 3 }).mark, "full", "an operator's own threshold");
  assert.equal(at({ level: "unknown", vacant: 3, vacant_high: 8, reporting_share: 0.5 }).mark, "partial");
});

test("an unknown place shows no number, whatever was counted in part of it", () => {
  const none = at({ level: "unknown", vacant: 0, vacant_low: 0, vacant_high: 9, reporting_share: 0.5 });
  assert.deepEqual([none.mark, shownVacant(none)], ["unknown", null]);
  assert.equal(shownVacant(at({ level: "full", vacant: 0 })), 0, "zero is a number");
});

test("who may not drive in is told so, and no number", () => {
  for (const opening of ["closed", "closed_abnormal"])
    for (const need of ["public", "subscriber"]) assert.equal(at({ opening }, need).mark, "closed");
  const subscribers = { opening: "subscribers_only", by_category: { subscriber: { vacant: 2, capacity: 9 }, disabled: { vacant: 1, capacity: 1 } } };
  assert.deepEqual(["public", "disabled", "ev"].map((need) => at(subscribers, need).mark), ["subscribers", "subscribers", "subscribers"]);
  assert.deepEqual([at(subscribers, "subscriber").mark, at(subscribers, "subscriber").vacant], ["free", 2]);
  assert.equal(hasSpace(at(subscribers)), false);
});

test("a need is counted by itself: another's spaces are never given for it", () => {
  const place = { by_category: { public: { vacant: 12, capacity: 500 }, disabled: { vacant: 0, capacity: 9 }, ev: { vacant: null, capacity: 4 } } };
  const seen = Object.fromEntries(["public", "disabled", "ev", "bike"].map((need) => [need, at(place, need)]));
  assert.deepEqual(Object.values(seen).map(({ mark }) => mark), ["free", "full", "unknown", "unknown"]);
  assert.deepEqual(Object.values(seen).map(({ vacant }) => vacant), [12, 0, null, null]);
  assert.deepEqual([seen.ev.capacity, seen.bike.capacity, seen.bike.neverHeard], [4, null, true]);
});

test("silent bays make a number a lower bound, a sum's error makes it about so many", () => {
  const bays = at({ reporting_share: 0.75, vacant: 3, vacant_low: 3, vacant_high: 6 });
  assert.deepEqual([bays.atLeast, bays.about], [true, false]);
  const sum = at({ basis: "derived", vacant: 218, vacant_low: 217, vacant_high: 219 });
  assert.deepEqual([sum.atLeast, sum.about], [false, true]);
  const exact = at({});
  assert.deepEqual([exact.atLeast, exact.about], [false, false]);
});

test("rows are sorted by what is shown; what has no value is last both ways, and ties stand by name", () => {
  const rows = [
    row("Parking B", { vacant: 5 }), row("Zola", { vacant: 120 }), row("Parking A", { vacant: 5 }),
    row("Nuit", { level: "unknown", vacant: null, capacity: null, observed_at: null }),
  ];
  assert.deepEqual(names(rows, "place"), ["Parking A", "Parking B", "Nuit", "Zola"], "by the name without its first word");
  assert.deepEqual(names(rows, "free"), ["Parking A", "Parking B", "Zola", "Nuit"]);
  assert.deepEqual(names(rows, "free", true), ["Zola", "Parking A", "Parking B", "Nuit"]);
  assert.deepEqual(names(rows, "capacity", true).at(-1), "Nuit");
  assert.deepEqual(names(rows, "age").at(-1), "Nuit");
  assert.deepEqual(names(rows, "state").at(-1), "Nuit");
  assert.deepEqual(rows.map(({ place }) => place.name)[0], "Parking B", "what came is left as it was");
});

test("names are sorted as readers expect: accents and numbers", () => {
  assert.deepEqual(names(["Rue 10", "Élysée", "Rue 9", "Est", "Étoile"].map((name) => row(name)), "place"),
    ["Élysée", "Est", "Étoile", "Rue 9", "Rue 10"]);
});

test("states are sorted as they help a driver", () => {
  const rows = [row("full", { level: "full", vacant: 0 }), row("shut", { opening: "closed" }), row("free"), row("few", { level: "almost_full" })];
  assert.deepEqual(names(rows, "state"), ["free", "few", "full", "shut"]);
  assert.deepEqual(MARKS.filter((mark) => hasSpace({ mark })), ["free", "partial", "almost"]);
});

test("a filter is compared without accents, case and blanks; a name without its first word", () => {
  assert.equal(plain("  ÉTÉ à Nantes "), "ete a nantes");
  assert.ok(plain("Parking Médiathèque").includes(plain("mediatheq")));
  assert.equal(shortName({ name: "Parking Commerce" }), "Commerce");
  assert.equal(shortName({ name: "Le Parking Commerce" }), "Le Parking Commerce");
});

test("a place without a point has no distance, rather than one from nowhere", () => {
  assert.equal(metresBetween({ lon: 0, lat: 0 }, { lon: null, lat: null }), null);
  assert.equal(metresBetween({ lon: 0, lat: 0 }, { lon: 0, lat: 0 }), 0);
});
