// The live connection: server-sent events into the store, and the honest word on whether they still come.

const SILENCE_MS = 45_000; // the server says its state every 15 s: after three silences the line is dead
const RETRY_MS = 5_000;

/** Keep `store` up to date from `url`; call `changed()` after anything that may show. */
export function listen(url, store, changed) {
  let source, redisSince = null, retry, lastId = "";

  const setLink = (state, reason, since = Date.now()) => {
    if (store.link.state === state && store.link.reason === reason) return;
    store.link = { state, reason, since };
    changed();
  };
  const lose = () => {
    const reason = "network";
    if (store.link.state !== "lost") setLink("lost", reason, store.heardAt ?? Date.now());
  };

  const heard = () => {
    store.heardAt = Date.now();
    if (redisSince === null) setLink("live", "network");
    else setLink("lost", "server", redisSince);
  };

  const take = (apply) => (event) => {
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
        lastId = ""; // whatever was refused, an empty hand is not
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
