// The state of the page: the places as last heard, the server's clock, and the link to it. No drawing here.
import { isNewer } from "./places.js";

export class Store {
  #places = new Map();
  #clock = null;
  /** The id of the last event that changed something here. */
  position = "";
  /** `state` is connecting, live or lost; `since` (ms of this device's clock) when it became so; `reason` why. */
  link = { state: "connecting", since: Date.now(), reason: "network" };
  heardAt = null;

  get(id) { return this.#places.get(id); }
  list() { return [...this.#places.values()]; }

  replace(places, position) {
    this.#places = new Map(places.map((place) => [place.id, place]));
    this.position = position;
  }

  merge(places, position) {
    for (const place of places) if (isNewer(place, this.#places.get(place.id))) this.#places.set(place.id, place);
    this.position = position;
  }

  /** Set the clock by the server's word. */
  hearTime(iso, clock) {
    this.clock = clock ?? this.clock;
    this.#clock = { server: Date.parse(iso), steady: performance.now(), wall: Date.now() };
  }

  /**
   * The server's time now, in ms. A phone that slept stops its steady clock, and one that was set back has a wrong wall
   * clock: the longer of the two spans is taken, so that an age is never shown too young.
   */
  now() {
    if (!this.#clock) return Date.now();
    if (this.clock === "event") return this.#clock.server; // a replay's time moves by its own ticks alone
    const spans = [performance.now() - this.#clock.steady, Date.now() - this.#clock.wall];
    return this.#clock.server + Math.max(0, ...spans);
  }
}
