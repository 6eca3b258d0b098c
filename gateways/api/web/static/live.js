// The live connection: server-sent events into the store, and the honest word on whether they still come.
import { waitMs } from "./waiting.js";

/** @import {Changes, Connection, Link, Snapshot} from "./page" */
/** @import {Store} from "./store.js" */

const SILENCE_MS = 45_000; // the server says its state every 15 s: after three silences the line is dead
const LOOK_MS = 5_000;

/**
 * Keep `store` up to date from `url`; call `changed()` after anything that may show.
 * @param {string} url @param {Store} store @param {() => void} changed
 */
export function listen(url, store, changed) {
  /** @type {EventSource | null} */
  let source = null;
  /** When Redis fell silent, as the gateway says. @type {number | null} */
  let redisSince = null;
  /** @type {ReturnType<typeof setTimeout> | null} */
  let retry = null;
  let lastId = "", failures = 0, askedAt = 0;

  /** @param {Link["state"]} state @param {Link["reason"]} reason */
  const setLink = (state, reason, since = Date.now()) => {
    if (store.link.state === state && store.link.reason === reason) return;
    store.link = { state, reason, since };
    changed();
  };
  const lose = () => {
    if (store.link.state !== "lost") setLink("lost", "network", store.heardAt ?? Date.now());
  };

  const heard = () => {
    store.heardAt = Date.now();
    failures = 0;
    if (redisSince === null) setLink("live", "network");
    else setLink("lost", "server", redisSince);
  };

  /**
   * A listener that takes an event into the store. Only then is its id the one to resume from.
   * @template T
   * @param {(data: T, id: string) => void} apply @returns {(event: MessageEvent<string>) => void}
   */
  const take = (apply) => (event) => {
    apply(JSON.parse(event.data), event.lastEventId);
    lastId = event.lastEventId || lastId;
    heard();
    changed();
  };

  /** @type {(event: MessageEvent<string>) => void} */
  const onSnapshot = take((/** @type {Snapshot} */ { now, clock, places, position }) => {
    store.hearTime(now, clock);
    store.replace(places, position);
  });
  const onChanges = take((/** @type {Changes} */ { now, places }, id) => {
    store.hearTime(now);
    store.merge(places, id);
  });
  const onStatus = take((/** @type {Connection} */ { redis, since, now, clock }) => {
    store.hearTime(now, clock);
    redisSince = redis === "gone" ? Date.parse(since) : null;
  });
  // A snapshot follows a reset; until it comes the old numbers stand and keep ageing.
  const onReset = take(() => {});

  function connect() {
    stop();
    askedAt = Date.now();
    // The id of what we hold: exactly what followed it comes, or a reset and a snapshot.
    const mine = source = new EventSource(lastId ? `${url}?last_event_id=${encodeURIComponent(lastId)}` : url);
    mine.addEventListener("snapshot", onSnapshot);
    mine.addEventListener("changes", onChanges);
    mine.addEventListener("reset", onReset);
    mine.addEventListener("status", onStatus);
    mine.addEventListener("error", () => {
      if (mine.readyState === EventSource.CLOSED) lastId = ""; // refused, perhaps for its id: without one a snapshot comes
      lose();
      stop(); // the browser would try again by itself, but always after the same time, and everyone at once
      retry = setTimeout(connect, waitMs(failures));
      failures += 1;
    });
  }

  function stop() {
    source?.close();
    if (retry !== null) clearTimeout(retry);
    retry = null;
  }

  /** Whether nothing came for so long that something should have. @param {number} since */
  const isSilent = (since) => Date.now() - since > SILENCE_MS;

  const connectAgain = () => {
    if (store.link.state === "live" && !isSilent(store.heardAt ?? 0)) return;
    failures = 0;
    connect();
  };

  setInterval(() => {
    if (!isSilent(Math.max(askedAt, store.heardAt ?? 0))) return;
    lose();
    if (navigator.onLine !== false && retry === null) connect();
  }, LOOK_MS);
  addEventListener("offline", lose);
  addEventListener("online", connectAgain);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connectAgain(); });
  connect();
}
