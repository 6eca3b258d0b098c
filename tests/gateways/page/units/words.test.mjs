// How the page says numbers, ages, distances and times, with the files of words that the gateway serves.
import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, speakAs } from "./browser.mjs";
import { Language } from "../../../../gateways/api/web/static/language.js";
import { look } from "../../../../gateways/api/web/static/places.js";

speakAs("de-DE", "br-FR", "en-GB");
const words = await import("../../../../gateways/api/web/static/words.js");
const phrases = await import("../../../../gateways/api/web/static/phrases.js");
const NOW = Date.parse("2026-06-01T10:00:00Z");
const spaced = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ");
const rowOf = (place, need = "public", now = NOW) => look(placeOf(place), need, now);

const fileOf = (code, locale, text, fallback = null) => ({ code, name: code, locale, reviewed: true, fallback, words: text });

test("the first language that somebody has reviewed is spoken; a machine's only when it is chosen", async () => {
  assert.equal(words.language(), "fr", "who asks for Breton is given French unasked");
  await words.speak("br");
  assert.deepEqual([words.language(), words.isReviewed()], ["br", false]);
  assert.ok(words.say("page.footer_honesty").length > 20, "what is missing there is said in French");
  await words.speak("fr");
});

test("an age grows in steps that do not flicker, and is never rounded up", () => {
  const said = [0, 4.9, 5, 9, 59, 60, 119, 3599, 3600, 7199, 172_799, 172_800].map((seconds) => spaced(words.age(seconds)));
  assert.deepEqual(said, ["à l’instant", "à l’instant", "il y a 5 s", "il y a 5 s", "il y a 55 s", "il y a 1 min", "il y a 1 min",
    "il y a 59 min", "il y a 1 h", "il y a 1 h", "il y a 47 h", "il y a 2 j"]);
  assert.equal(words.age(60), "il\u00a0y\u00a0a\u00a01\u00a0min", "no line ends within it");
});

test("a distance is no finer than a straight line deserves", () => {
  const said = [0, 14, 16, 994, 995, 1_249, 9_949, 9_950, 12_700].map((metres) => spaced(words.distance(metres)));
  assert.deepEqual(said, ["10 m", "10 m", "20 m", "990 m", "1 km", "1,2 km", "9,9 km", "10 km", "13 km"]);
});

test("unknown is a question mark, and zero is zero", () => {
  assert.deepEqual([words.count(null), words.count(0), spaced(words.count(12_345))], ["?", "0", "12 345"]);
  const lost = { level: "unknown", vacant: null };
  assert.deepEqual([phrases.numberText(rowOf(lost)), phrases.numberSpoken(rowOf(lost))], ["?", "inconnu"]);
  assert.equal(phrases.capacityText(rowOf({ capacity: null })), "?");
});

test("a number says how sure it is, to eyes and ears alike", () => {
  const bays = rowOf({ level: "unknown", reporting_share: 0.5, vacant: 3, vacant_low: 3, vacant_high: 6 });
  assert.deepEqual([phrases.numberText(bays), phrases.numberSpoken(bays), phrases.stateWord(bays)], ["3+", "au moins 3", "libre, compte partiel"]);
  const sum = rowOf({ level: "unknown", basis: "derived", vacant: 8, vacant_low: 6, vacant_high: 10 });
  assert.deepEqual([spaced(phrases.numberText(sum)), phrases.numberSpoken(sum)], ["≈ 8", "environ 8"]);
  assert.equal(phrases.stateWord(sum), "libre, compte approché");
  const shut = rowOf({ opening: "closed_abnormal" });
  assert.deepEqual([phrases.numberText(shut), phrases.numberSpoken(shut)], ["–", "fermé (anomalie)"]);
});

test("where a level is all that is said, the number is called unknown, and none is made of it", () => {
  const said = (place) => { const row = rowOf({ vacant: null, vacant_low: null, vacant_high: null, ...place }); return [spaced(phrases.numberText(row)), phrases.numberSpoken(row), phrases.stateWord(row)]; };
  assert.deepEqual(said({ level: "spaces_available" }), ["?", "nombre inconnu", "places disponibles, nombre inconnu"]);
  assert.deepEqual(said({ level: "almost_full" }), ["?", "nombre inconnu", "presque complet"]);
  assert.deepEqual(said({ level: "full" }), ["?", "nombre inconnu", "complet"]);
  assert.deepEqual(said({ level: "almost_full", vacant_low: 1, vacant_high: 9 }), ["1–9", "entre 1 et 9 places libres", "presque complet"]);
  assert.deepEqual(said({ level: "unknown", vacant_low: 51 }), ["≥ 51", "au moins 51", "places disponibles, nombre inconnu"]);
});

test("an age stands beside every number; where there is none, that of the last", () => {
  assert.equal(phrases.ageText(rowOf({}), false), "à l’instant");
  assert.equal(spaced(phrases.ageText(rowOf({}, "public", NOW + 900_000), false)), "dernier nombre il y a 15 min");
  assert.equal(phrases.ageText(rowOf({ observed_at: null }), false), "jamais de nombre");
  assert.equal(phrases.ageText(rowOf({}, "ev"), false), "jamais de nombre", "this need was never counted here");
  words.readClockOf("Nantes", "UTC");
  assert.match(phrases.ageText(rowOf({}), true), /^à .*10:00:00/, "on a page that stands still a time, which does not age");
});

test("a moment is told by the city's clock, and to a reader elsewhere whose it is", () => {
  words.readClockOf("Nantes", "Europe/Paris");
  assert.equal(words.moment(NOW, { day: false, whose: true }), "12:00, heure locale (Nantes)");
  assert.equal(words.moment(NOW, { day: true, whose: false }), "1 juin 2026 à 12:00");
  words.readClockOf("Nantes", "Mars/Olympus");
  assert.equal(words.moment(NOW, { day: false, whose: true }), "10:00 UTC", "a zone that nobody knows");
});

test("hours and addresses read in the reader's language", () => {
  assert.equal(phrases.hoursText('Mo-Sa 07:30-21:30 "2014"'), "lun-sam 07:30-21:30 (indiqués par la ville en 2014, à vérifier sur place)");
  assert.equal(phrases.addressText({ address: "Place du Commerce", commune: "Nantes" }), "Place du Commerce, Nantes");
  assert.equal(phrases.addressText({ address: "Place du Commerce, Nantes", commune: "Nantes" }), "Place du Commerce, Nantes");
  assert.equal(phrases.addressText({ address: null, commune: null }), "");
});

test("what an operator has set is said so, until when and why, and ends by itself", () => {
  const order = { aspect: "number", reason: "works", since: "2026-06-01T10:00:00Z", until: "2026-06-01T10:30:00Z", decision: "d",
    category: "public", opening: null, vacant: 7, space: null, device: null };
  const row = rowOf({ vacant: 7, basis: "set_by_hand", by_hand: [order] });
  assert.equal(phrases.tagText(row), "opérateur");
  assert.match(spaced(phrases.orderText(order)), /^Places ordinaires : 7, jusqu’à .*\(travaux\)$/);
  assert.match(phrases.orderText({ ...order, vacant: null }), /nombre non communiqué/);
  assert.match(phrases.orderText({ ...order, aspect: "opening", opening: "closed", category: null, vacant: null }), /^fermé, jusqu’à/);
  assert.match(spaced(phrases.orderText({ ...order, aspect: "space", category: null, vacant: null, space: "*" })), /^place hors service, /);
  assert.equal(phrases.tagText(rowOf({ by_hand: [{ ...order, aspect: "device", category: null, vacant: null }] })), "");
  const later = Date.parse(order.until);
  assert.equal(phrases.tagText(rowOf({ by_hand: [order], valid_until: order.until }, "public", later)), "");
});

test("a sentence takes its language's plural, not English's", () => {
  const french = new Language(fileOf("fr", "fr-FR", { n: { one: "{count} lieu", other: "{count} lieux" } }));
  assert.deepEqual([0, 1, 1.5, 2].map((count) => french.say("n", { count })), ["0 lieu", "1 lieu", "1,5 lieu", "2 lieux"]);
  const breton = new Language(fileOf("br", "br-FR", { n: { one: "one {count}", two: "two {count}", few: "few {count}", other: "other {count}" } }));
  assert.deepEqual([1, 2, 3, 5].map((count) => breton.say("n", { count })), ["one 1", "two 2", "few 3", "other 5"]);
});

test("a key that nobody has worded shows itself, and a value that is missing leaves nothing strange", () => {
  const some = new Language(fileOf("fr", "fr-FR", { a: { b: "un {x} !", c: { long: "long", short: "court" } } }));
  assert.equal(some.say("a.nothing"), "a.nothing");
  assert.equal(some.say("a.b", { x: "é" }), "un é\u00a0!");
  assert.equal(some.say("a.b"), "un \u00a0!");
  assert.deepEqual([some.say("a.c"), some.say("a.c", {}, "short"), some.say("a.b", { x: 1 }, "short")], ["long", "court", "un 1\u00a0!"]);
  assert.deepEqual([some.knows("a.b"), some.knows("a")], [true, false]);
});
