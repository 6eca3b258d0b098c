// The live connection: server-sent events into the store, and the honest word on whether they still come.

/** @import {Link} from "./page" */
/** @import {Store} from "./store.js" */

const SILENCE_MS = 45_000; // the server says its state every 15 s: after three silences the line is dead
const RETRY_MS = 5_000;

/**
 * Keep `store` up to date from `url`; call `changed()` after anything that may show.
 * @param {string} url @param {Store} store @param {() => void} changed
 */
export function listen(url, store, changed) {
  /** @type {EventSource} */
  let source;
  /** @type {number | null} */
  let redisSince = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  let lastId = "";

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
    if (redisSince === null) setLink("live", "network");
    else setLink("lost", "server", redisSince);
  };

  /** @param {(data: any, id: string) => void} apply */
  const take = (apply) => (/** @type {MessageEvent<string>} */ event) => {
    lastId = event.lastEventId || lastId;
    apply(JSON.parse(event.data), event.lastEventId);
    heard();
    changed();
  };

  function connect() {
    clearTimeout(retry);
    source?.close();
    // A connection of ours resumes as the browser's own retries do, which send the id in a header.
    source = new EventSource(lastId ? `${url}?last_event_id=${encodeURIComponent(lastId)}` : url);
    source.addEventListener("snapshot", take((data, id) => {
      store.hearTime(data.now, data.clock);
      store.replace(data.places, data.position ?? id);
    }));
    source.addEventListener("changes", take((data, id) => {
      store.hearTime(data.now);
      store.merge(data.places, id);
    }));
    // A snapshot follows a reset; until it comes the old numbers stand and keep ageing.
    source.addEventListener("reset", take(() => {}));
    source.addEventListener("status", take(({ redis, since, now, clock }) => {
      store.hearTime(now, clock);
      redisSince = redis === "gone" ? Date.parse(since) : null;
    }));
    source.addEventListener("error", () => {
      lose();
      // The browser retries a dropped connection by itself, but gives up on a refusal.
      if (source.readyState === EventSource.CLOSED) {
        lastId = ""; // the id may be what was refused: without one, a snapshot comes
        retry = setTimeout(connect, RETRY_MS);
      }
    });
  }

  const connectAgain = () => { if (store.link.state !== "live" || isSilent()) connect(); };
  const isSilent = () => store.heardAt !== null && Date.now() - store.heardAt > SILENCE_MS;

  setInterval(() => {
    if (!isSilent()) return;
    lose();
    if (navigator.onLine !== false && source.readyState === EventSource.OPEN) connect();
  }, 5_000);
  addEventListener("offline", lose);
  addEventListener("online", connectAgain);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connectAgain(); });
  connect();
}
