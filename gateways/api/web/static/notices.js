// What the page says about itself: live or not, simulated, replayed, paused; the key with its counts; and the voice.
import { byId, markup, put } from "./dom.js";
import { markSvg } from "./icons.js";
import { markWord } from "./phrases.js";
import { MARKS } from "./places.js";
import { age, count, moment, say } from "./words.js";

/** @import {ClockBasis, Row} from "./page" */
/** @import {Store} from "./store.js" */

const OLD_S = 300; // a third of the time for which a number of the city's holds

/** Show a notice, or hide it where there is no text. @param {string} id @param {string} text */
export function showNotice(id, text) {
  const notice = byId(id);
  notice.hidden = !text;
  put(notice, text);
}

/**
 * The bar and the notices under it. `pace` is how many times faster than life the city's days pass; `pausedAt` and `now`
 * are ms of the server's clock.
 * @param {{store: Store, rows: Row[], clock: ClockBasis, pace: number, now: number, pausedAt: number | undefined}} state
 */
export function renderNotices({ store, rows, clock, pace, now, pausedAt }) {
  const { state, reason, since } = store.link;
  const simulated = rows.filter((row) => row.simulated).length;
  const heard = rows.filter((row) => row.place.observed_at !== null).length;
  showNotice("lost", state === "lost" ? say(`page.lost_${reason}`, { time: moment(since, { seconds: true }) }) : "");
  const madeUp = simulated ? [say(simulated === heard ? "page.simulated_all" : "page.simulated_some")] : [];
  if (simulated && pace > 1) madeUp.push(say("page.simulated_pace", { count: Math.round(24 * 60 / pace) }));
  showNotice("simulated", madeUp.join(" "));
  showNotice("replay", clock === "event" ? say("page.replay", { time: moment(now, { day: true }) }) : "");
  showNotice("paused", pausedAt ? say("page.paused", { time: moment(pausedAt, { seconds: true }) }) : "");
  // The age of the newest number, not of the connection: a line over which nothing comes is not live.
  const newest = Math.min(...rows.map((row) => row.ageSeconds ?? Infinity));
  byId("link").dataset.link = state === "live" && newest > OLD_S ? "old" : state;
  const tail = !Number.isFinite(newest) || pausedAt ? "" : ` · ${say("age.last_number", { age: age(newest) })}`;
  put(byId("link-words"), say(`page.${state}`) + tail);
  put(byId("pause-words"), say(pausedAt ? "page.resume" : "page.pause"));
  byId("pause").setAttribute("aria-pressed", String(Boolean(pausedAt)));
}

/** The key of the marks is also the summary of the town. @param {Row[]} rows */
export function renderLegend(rows) {
  const items = MARKS.filter((mark) => mark === "unknown" || rows.some((row) => row.mark === mark)).map((mark) =>
    `<li>${markSvg(mark)}${markWord(mark)} <b>${count(rows.filter((row) => row.mark === mark).length)}</b></li>`);
  markup(byId("legend"), items.join(""));
}

/** An answer to something the reader just did, or news of what is being read. @param {string} sentence */
export function speak(sentence) { byId("spoken").textContent = sentence; }
