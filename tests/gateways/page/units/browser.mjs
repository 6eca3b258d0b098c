// What a browser has and Node has not, for as long as a test needs it: a stream of events that the test itself speaks on,
// events of the window, and the gateway's own files of words.
import { readFileSync } from "node:fs";
import { mock } from "node:test";

const LANGUAGES = new URL("../../../../gateways/words/languages/", import.meta.url);

/** The browser's EventSource, as far as a listener can tell; `say`, `breakOff` and `refuse` are what a server does. */
export class SpokenSource extends EventTarget {
  static OPEN = 1;
  static CLOSED = 2;
  /** Every one that was opened, the last at the end. */
  static all = [];
  readyState = 0;

  constructor(url) {
    super();
    this.url = url;
    SpokenSource.all.push(this);
  }

  say(event, data, lastEventId = "") {
    this.readyState = SpokenSource.OPEN;
    this.dispatchEvent(Object.assign(new Event(event), { data: JSON.stringify(data), lastEventId }));
  }

  breakOff() { this.readyState = 0; this.dispatchEvent(new Event("error")); }
  refuse() { this.readyState = SpokenSource.CLOSED; this.dispatchEvent(new Event("error")); }
  close() { this.readyState = SpokenSource.CLOSED; }
}

/** The globals of a window; returns the window, whose events a test may fire, and the document. */
export function openWindow() {
  const window = new EventTarget(), document = Object.assign(new EventTarget(), { hidden: false });
  SpokenSource.all = [];
  Object.assign(globalThis, {
    EventSource: SpokenSource, document, addEventListener: window.addEventListener.bind(window),
  });
  giveNavigator({ onLine: true });
  return { window, document };
}

/** A clock that only `tick` moves: timers, Date and the steady clock alike. */
export function stopClock(now) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now });
  mock.method(performance, "now", () => Date.now() - now);
  return { tick: (ms) => mock.timers.tick(ms), free: () => { mock.timers.reset(); mock.restoreAll(); } };
}

/** Let the page's modules of words speak that language: they are given the files that the gateway serves. */
export function speakAs(...languages) {
  globalThis.fetch = async (path) => new Response(readFileSync(new URL(path.replace("/static/words/", ""), LANGUAGES)));
  giveNavigator({ languages });
}

const giveNavigator = (value) => Object.defineProperty(globalThis, "navigator", { value, configurable: true });

/** A place as the gateway sends it, with what a test says of it; unless it says otherwise, all its spaces are ordinary. */
export function placeOf(more = {}) {
  const { vacant = 12, capacity = 500 } = more;
  return {
    id: "677", tenant: "nantes", name: "Parking Commerce", kind: "site", lon: -1.5577, lat: 47.2131, address: null,
    commune: null, height_cm: null, opening_hours: null, vacant, vacant_low: vacant, vacant_high: vacant, capacity,
    out_of_service: null, level: "spaces_available", opening: "open", by_category: { public: { vacant, capacity } },
    reporting_share: 1, observed_at: "2026-06-01T10:00:00Z", valid_until: "2026-06-01T10:15:00Z", basis: "counted",
    confidence: null, faults: [], by_hand: [], beneath: null, simulated: false, revision: [1, 10], age_s: 0, ...more,
  };
}
