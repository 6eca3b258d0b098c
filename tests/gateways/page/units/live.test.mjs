// The line to the gateway: what it brings into the store, when it is called lost, and how it comes back.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { SpokenSource, openWindow, placeOf, stopClock } from "./browser.mjs";
import { listen } from "../../../../gateways/api/web/static/live.js";
import { Store } from "../../../../gateways/api/web/static/store.js";
import { waitMs } from "../../../../gateways/api/web/static/waiting.js";

const NOW = Date.parse("2026-06-01T10:00:00Z");
const iso = () => new Date().toISOString();
const line = () => SpokenSource.all.at(-1);
const status = (redis = "ok", since = iso()) => line().say("status", { redis, since, now: iso(), clock: "wall" });
const snapshot = (places, id) => line().say("snapshot", { now: iso(), clock: "wall", position: id, places }, id);
const changes = (places, id) => line().say("changes", { now: iso(), places }, id);
let clock, window, document, store, drawn;

beforeEach(() => {
  clock = stopClock(NOW);
  ({ window, document } = openWindow());
  store = new Store();
  drawn = 0;
  listen("/v1/changes", "/v1/sites", store, () => { drawn += 1; });
});
afterEach(() => clock.free());

test("a snapshot and then changes fill the store, and each asks to be drawn", () => {
  assert.deepEqual([line().url, store.link.state, drawn], ["/v1/changes", "connecting", 0]);
  status();
  snapshot([placeOf(), placeOf({ id: "288", vacant: 4 })], "7-1");
  assert.deepEqual([store.link.state, store.position, store.list().length], ["live", "7-1", 2]);
  const before = drawn;
  changes([placeOf({ vacant: 11, revision: [1, 11] })], "7-2");
  assert.deepEqual([store.get("677").vacant, store.get("288").vacant, store.position], [11, 4, "7-2"]);
  assert.equal(drawn, before + 1);
});

test("revisions may jump, and may repeat: a gap is closed by the line, never guessed from the numbers", () => {
  snapshot([placeOf()], "7-1");
  changes([placeOf({ vacant: 3, revision: [1, 900] })], "7-2");
  assert.equal(store.get("677").vacant, 3);
  changes([placeOf({ vacant: 99, revision: [1, 500] })], "7-3");
  assert.equal(store.get("677").vacant, 3, "an older word that comes late changes nothing");
  changes([placeOf({ vacant: 3, revision: [1, 900], valid_until: null })], "7-4");
  assert.equal(store.get("677").valid_until, null, "the same word again is taken");
});

test("a line that broke is lost since the last word, and resumes from the last event", () => {
  snapshot([placeOf()], "7-1");
  clock.tick(4_000);
  changes([placeOf({ vacant: 11, revision: [1, 11] })], "7-2");
  clock.tick(4_000);
  line().breakOff();
  assert.deepEqual(store.link, { state: "lost", reason: "network", since: NOW + 4_000 });
  assert.equal(store.get("677").vacant, 11, "the numbers stay, and age");
  assert.equal(SpokenSource.all.length, 1, "not at once");
  clock.tick(1_000);
  assert.equal(SpokenSource.all.length, 2);
  assert.equal(line().url, "/v1/changes?last_event_id=7-2");
  status();
  changes([placeOf({ vacant: 5, revision: [1, 30] })], "7-9");
  assert.deepEqual([store.link.state, store.get("677").vacant], ["live", 5]);
});

test("a gateway that stays away is asked less and less often, and as soon as at first once it has answered", () => {
  const asked = () => SpokenSource.all.length;
  const waits = [];
  for (let tries = 0; tries < 8; tries += 1) {
    const before = asked(), from = Date.now();
    line().breakOff();
    while (asked() === before) clock.tick(50);
    waits.push(Date.now() - from);
  }
  for (const [failures, waited] of waits.entries()) {
    const longest = Math.min(10_000, 1_000 * 2 ** failures);
    assert.ok(waited >= longest / 2 && waited <= longest + 50, `${waited} ms after ${failures} failures`);
  }
  status();
  line().breakOff();
  const before = asked();
  clock.tick(1_000);
  assert.equal(asked(), before + 1, "the first wait again");
});

test("two pages never wait the same, and none longer than ten seconds", () => {
  assert.deepEqual([waitMs(0, 0), waitMs(0, 1), waitMs(3, 0), waitMs(60, 1)], [500, 1_000, 4_000, 10_000]);
});

test("a position that is refused is let go, so that a snapshot comes", () => {
  snapshot([placeOf()], "7-1");
  line().breakOff();
  clock.tick(1_000);
  line().refuse();
  clock.tick(2_000);
  assert.equal(line().url, "/v1/changes");
  snapshot([placeOf({ id: "288" })], "8-1");
  assert.deepEqual(store.list().map(({ id }) => id), ["288"]);
});

test("after a reset the old numbers stand until the snapshot, which may be older and leaves nothing of them", () => {
  snapshot([placeOf(), placeOf({ id: "gone" })], "7-1");
  line().say("reset", { title: "Start over", status: 409, detail: "…" });
  assert.equal(store.get("677").vacant, 12);
  snapshot([placeOf({ vacant: 40, revision: [1, 2] })], "9-1");
  assert.deepEqual([store.get("677").vacant, store.get("gone"), store.position], [40, undefined, "9-1"]);
  changes([placeOf({ vacant: 39, revision: [1, 3] })], "9-2");
  assert.equal(store.get("677").vacant, 39, "what follows is judged by the new one alone");
});

test("an event that cannot be read is not one to resume from, and nobody hides it", async () => {
  snapshot([placeOf()], "7-1");
  const errors = [];
  process.setUncaughtExceptionCaptureCallback((error) => errors.push(error));
  line().dispatchEvent(Object.assign(new Event("changes"), { data: "{", lastEventId: "7-2" }));
  await new Promise((resolve) => { setImmediate(resolve); });
  process.setUncaughtExceptionCaptureCallback(null);
  assert.ok(errors[0] instanceof SyntaxError);
  line().breakOff();
  clock.tick(1_000);
  assert.equal(line().url, "/v1/changes?last_event_id=7-1");
});

test("a gateway without its Redis is lost since the gateway lost it, and live again when it is back", () => {
  snapshot([placeOf()], "7-1");
  status("gone", "2026-06-01T09:50:00Z");
  assert.deepEqual(store.link, { state: "lost", reason: "server", since: Date.parse("2026-06-01T09:50:00Z") });
  changes([], "7-2");
  assert.equal(store.link.state, "lost", "whatever else it says meanwhile");
  status("ok");
  assert.deepEqual([store.link.state, store.link.reason], ["live", "network"]);
});

test("after three silences an open line is dead, and a new one is given the same time", () => {
  snapshot([placeOf()], "7-1");
  clock.tick(45_000);
  assert.equal(store.link.state, "live");
  clock.tick(5_000);
  assert.deepEqual([store.link.state, store.link.since, SpokenSource.all.length], ["lost", NOW, 2]);
  clock.tick(40_000);
  assert.equal(SpokenSource.all.length, 2, "a slow network is not cut off every five seconds");
  clock.tick(10_000);
  assert.equal(SpokenSource.all.length, 3);
});

test("a line that never answers is not called a connection for ever", () => {
  clock.tick(50_000);
  assert.equal(store.link.state, "lost");
});

test("a phone that is back from a tunnel, or is looked at again, asks at once", () => {
  snapshot([placeOf()], "7-1");
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(SpokenSource.all.length, 1, "a live line stays");
  window.dispatchEvent(new Event("offline"));
  assert.equal(store.link.state, "lost");
  window.dispatchEvent(new Event("online"));
  assert.equal(SpokenSource.all.length, 2);
  line().breakOff();
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(SpokenSource.all.length, 3);
  clock.tick(30_000);
  assert.equal(SpokenSource.all.length, 3, "and the wait that was running is over");
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.equal(SpokenSource.all.length, 4, "a page out of the browser's cache has no line");
});

/** What the page asks for in one piece, answered at once; `ticks` lets promises run. */
function answerWhole(places) {
  const asked = [];
  globalThis.fetch = (url) => {
    asked.push(url);
    return Promise.resolve({
      ok: true, json: () => Promise.resolve({ now: iso(), clock: "wall", position: "9-1", places: places() }) });
  };
  return asked;
}
const ticks = () => new Promise((resolve) => { setImmediate(resolve); });

test("where a proxy keeps the stream back the whole is asked for, again and again, and the page is live", async () => {
  let vacant = 12;
  const asked = answerWhole(() => [placeOf({ vacant, revision: [1, 100 - vacant] })]);
  clock.tick(10_000);
  await ticks();
  assert.deepEqual([asked, store.link.state, store.get("677").vacant], [["/v1/sites"], "live", 12]);
  vacant = 3;
  for (let seconds = 0; seconds < 120; seconds += 1) {
    clock.tick(1_000);
    await ticks();
    assert.equal(store.link.state, "live");
  }
  assert.equal(store.get("677").vacant, 3);
  assert.ok(asked.length >= 7 && asked.length <= 9, `${asked.length} in two minutes`);
  line().breakOff();
  assert.equal(store.link.state, "live", "a stream that never spoke is not missed");
});

test("as soon as the stream speaks it alone counts", async () => {
  const asked = answerWhole(() => [placeOf()]);
  status();
  snapshot([placeOf({ vacant: 7 })], "7-1");
  for (let seconds = 0; seconds < 40; seconds += 1) { clock.tick(1_000); await ticks(); }
  assert.deepEqual([asked.length, store.get("677").vacant], [0, 7]);
});
