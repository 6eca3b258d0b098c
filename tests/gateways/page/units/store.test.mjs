// What the page holds, and which time it believes.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { placeOf, stopClock } from "./browser.mjs";
import { Store } from "../../../../gateways/api/web/static/store.js";

const NOW = Date.parse("2026-06-01T10:00:00Z");
let clock;
beforeEach(() => { clock = stopClock(NOW); });
afterEach(() => clock.free());

test("a snapshot is all there is; a change is one place", () => {
  const store = new Store();
  store.replace([placeOf(), placeOf({ id: "288" })], "1");
  store.merge([placeOf({ id: "new" })], "2");
  assert.deepEqual(store.list().map(({ id }) => id), ["677", "288", "new"]);
  store.replace([placeOf({ id: "288" })], "3");
  assert.deepEqual([store.list().length, store.get("677"), store.position], [1, undefined, "3"]);
});

test("a later epoch is newer whatever its offset, an equal revision is taken, an older one is not", () => {
  const store = new Store();
  for (const [revision, taken] of [[[2, 5], true], [[2, 5], true], [[2, 4], false], [[1, 900], false], [[3, 0], true]]) {
    store.merge([placeOf({ revision, name: String(revision) })], "x");
    assert.equal(store.get("677").name === String(revision), taken, String(revision));
  }
});

test("one change may bring a place twice: the newer stays, in either order", () => {
  for (const revisions of [[[1, 1], [1, 2]], [[1, 2], [1, 1]]]) {
    const store = new Store();
    store.merge(revisions.map((revision) => placeOf({ revision })), "x");
    assert.deepEqual(store.get("677").revision, [1, 2]);
  }
});

test("the time is the server's, and goes on with whichever of this device's clocks went farther", () => {
  const store = new Store();
  assert.equal(store.now(), NOW, "before the server has said it, the device's");
  store.hearTime("2026-06-01T12:00:00Z", "wall");
  clock.tick(3_000);
  assert.equal(store.now(), Date.parse("2026-06-01T12:00:03Z"));
  performance.now.mock.mockImplementation(() => 1_000); // it slept: its steady clock stood still
  clock.tick(60_000);
  assert.equal(store.now(), Date.parse("2026-06-01T12:01:03Z"));
  performance.now.mock.mockImplementation(() => 500_000); // its wall clock was set back
  assert.equal(store.now(), Date.parse("2026-06-01T12:08:20Z"));
});

test("no clock that goes back makes a number younger than it was when it came", () => {
  const store = new Store();
  store.hearTime("2026-06-01T12:00:00Z", "wall");
  mock.method(performance, "now", () => -5_000);
  mock.timers.setTime(NOW - 60_000);
  assert.equal(store.now(), Date.parse("2026-06-01T12:00:00Z"));
});

test("a recording's time stands until it says another, and a change does not make it real time", () => {
  const store = new Store();
  store.hearTime("2011-10-02T17:00:00Z", "event");
  clock.tick(60_000);
  assert.equal(store.now(), Date.parse("2011-10-02T17:00:00Z"));
  store.hearTime("2011-10-02T17:00:30Z");
  assert.deepEqual([store.clock, store.now()], ["event", Date.parse("2011-10-02T17:00:30Z")]);
});
