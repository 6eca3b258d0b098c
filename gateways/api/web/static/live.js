// The live connection: server-sent events into the store, and the honest word on whether they still come.
import { waitMs } from "./waiting.js";

/** @import {Changes, Connection, Link, Snapshot} from "./page" */
/** @import {Store} from "./store.js" */

const SILENCE_MS = 45_000; // the server says its state every 15 s: after three silences the line is dead
const MUTE_MS = 8_000; // it says its state as soon as it is asked: who hears not even that is behind a proxy that keeps it
const ASK_MS = 15_000;
const LOOK_MS = 2_000;

/**
 * Keep `store` up to date from the stream at `url`; call `changed()` after anything that may show. Where nothing comes of
 * the stream, because a proxy keeps it back, the whole city at `whole` is asked for again and again instead.
 * @param {string} url @param {string} whole @param {Store} store @param {() => void} changed
 */
export function listen(url, whole, store, changed) {
  /** @type {EventSource | null} */
  let source = null;
  /** When Redis fell silent, as the gateway says. @type {number | null} */
  let redisSince = null;
  /** @type {ReturnType<typeof setTimeout> | null} */
  let retry = null;
  let lastId = "", failures = 0, askedAt = 0;
  let streamedAt = 0, wholeAt = 0; // when the stream was last heard, and when the whole was last asked for

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
    streamedAt = Date.now();
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

  async function askInstead() {
    if (Date.now() - wholeAt < ASK_MS) return;
    wholeAt = Date.now();
    try {
      const reply = await fetch(whole);
      if (!reply.ok) return;
      const { now, clock, places, position } = /** @type {Snapshot} */ (await reply.json());
      if (streamedAt > wholeAt) return; // it speaks after all, and knows better
      store.hearTime(now, clock);
      store.replace(places, position);
      heard();
      changed();
    } catch { /* the stream is tried again as well, and its failure is what is shown */ }
  }

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
      if (streamedAt >= askedAt || isSilent(store.heardAt ?? 0)) lose(); // else the whole is asked for, and comes
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
    const isMute = streamedAt < askedAt ? Date.now() - askedAt > MUTE_MS : isSilent(streamedAt);
    if (isMute && retry === null) askInstead();
    if (!isSilent(Math.max(askedAt, streamedAt))) return;
    if (isSilent(store.heardAt ?? 0)) lose();
    if (navigator.onLine !== false && retry === null) connect();
  }, LOOK_MS);
  addEventListener("offline", lose);
  addEventListener("online", connectAgain);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connectAgain(); });
  connect();
}
