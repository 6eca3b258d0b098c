// The state of the page: the places as last heard, the server's clock, and the link to it. No drawing here.
import { isNewer } from "./places.js";

/** @import {ClockBasis, Link, Place} from "./page" */

export class Store {
  /** @type {Map<string, Place>} */
  #places = new Map();
  /** @type {{server: number, steady: number, wall: number} | null} */
  #clock = null;
  /** Whose clock the city goes by. @type {ClockBasis | undefined} */
  clock = undefined;
  /** The id of the last event that changed something here. */
  position = "";
  /** `state` is connecting, live or lost; `since` (ms of this device's clock) when it became so; `reason` why. @type {Link} */
  link = { state: "connecting", since: Date.now(), reason: "network" };
  /** When anything was last heard, in ms of this device's clock. @type {number | null} */
  heardAt = null;

  /** @param {string} id */
  get(id) { return this.#places.get(id); }
  list() { return [...this.#places.values()]; }

  /** @param {Place[]} places @param {string} position */
  replace(places, position) {
    this.#places = new Map(places.map((place) => [place.id, place]));
    this.position = position;
  }

  /** @param {Place[]} places @param {string} position */
  merge(places, position) {
    for (const place of places) if (isNewer(place, this.#places.get(place.id))) this.#places.set(place.id, place);
    this.position = position;
  }

  /**
   * Set the clock by the server's word.
   * @param {string} iso @param {ClockBasis} [clock]
   */
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
