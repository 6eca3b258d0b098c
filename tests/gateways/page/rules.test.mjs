// The rules that the page mirrors, judged by vectors that Python wrote: test_page_rules.py calls this with their file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { asOf, hasSpace, isNewer, look, metresBetween } from "../../../gateways/api/web/static/places.js";
import { Store } from "../../../gateways/api/web/static/store.js";

const vectors = JSON.parse(readFileSync(process.env.VECTORS, "utf8"));
const JUDGED = ["vacant", "vacant_low", "vacant_high", "level", "opening", "by_category", "reporting_share", "basis", "confidence", "by_hand"];
const only = (place) => Object.fromEntries(JUDGED.map((name) => [name, place[name]]));

test("past its limit a value is unknown, to the millisecond and field by field", () => {
  assert.ok(vectors.freshness.length >= 500);
  for (const { place, now, shown } of vectors.freshness) assert.deepEqual(only(asOf(place, now)), only(shown));
});

test("a place offers a space to exactly those to whom the gateway's index would send", () => {
  for (const { place, need, now, offers } of vectors.eligibility)
    assert.equal(hasSpace(look(place, need, now)), offers, JSON.stringify({ need, place }));
});

test("what is not known is never shown as full, nor as zero free", () => {
  for (const { place, need, now, known } of vectors.eligibility) {
    const seen = look(place, need, now);
    if (!known) assert.notEqual(seen.mark, "full", JSON.stringify({ need, place }));
  }
});

test("an older revision never replaces a newer one", () => {
  for (const { held, arriving, replaces } of vectors.revisions)
    assert.equal(isNewer({ revision: arriving }, held && { revision: held }), replaces, `${arriving} over ${held}`);
});

test("whatever comes late, twice or anew, the page holds what its gateway would answer", () => {
  assert.ok(vectors.lines.length >= 40);
  const shown = (place) => ({ id: place.id, revision: place.revision, ...only(place) });
  for (const line of vectors.lines) {
    const store = new Store();
    for (const { event, data, now, shown: expected } of line) {
      if (event === "snapshot") store.replace(data.places, data.position);
      else store.merge(data.places, "1-1");
      assert.deepEqual(store.list().map((place) => shown(asOf(place, now))), expected.map(shown));
    }
  }
});

test("distances are those of the index, to a millimetre a kilometre", () => {
  for (const { from, to, metres } of vectors.distances) {
    const found = metresBetween(from, to);
    assert.ok(Math.abs(found - metres) <= 1e-6 * metres + 0.02, `${found} is not ${metres}`);
  }
});
