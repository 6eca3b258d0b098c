// What the page's scripts pass to each other. What the gateway sends is not written here: #api is made of its own
// OpenAPI document (`make page`), so a field that the gateway renames is an error here.
import type { components } from "#api";

type Schemas = components["schemas"];

/** A place as the gateway sent it, and, once its limit has passed, as it may still be shown. */
export type Place = Schemas["Place"] & { expired?: boolean };
export type Site = Schemas["Site"];
export type Space = Schemas["Space"];
export type Areas = Schemas["Areas"];
export type Hit = Schemas["Nearest"]["hits"][number];
export type ClockBasis = "wall" | "event";
export type Mark = "free" | "partial" | "almost" | "full" | "subscribers" | "closed" | "unknown";

/** A point that was chosen: on the map, by another place, or where the reader is. */
export interface Point {
  lon: number;
  lat: number;
  placeId?: string | null;
  placeName?: string | null;
  mine?: boolean;
}

/** How a place looks to someone with a need, at one moment (places.js, look). */
export interface Look {
  place: Place;
  vacant: number | null;
  about: boolean;
  atLeast: boolean;
  capacity: number | null;
  mark: Mark;
  level: Place["level"];
  ageSeconds: number | null;
  neverHeard: boolean;
  simulated: boolean;
  small: boolean;
}

/** A look with its straight-line distance from the chosen point, null without one. */
export interface Row extends Look {
  metres: number | null;
}

export type Column = "place" | "free" | "capacity" | "state" | "age" | "distance";
export interface Sorting {
  column: Column;
  descending: boolean;
}

/** The line to the gateway: since when (ms of this device's clock) it is in which state, and why. */
export interface Link {
  state: "connecting" | "live" | "lost" | "old";
  since: number;
  reason: "network" | "server";
}

/** The page's colour tokens by name, its font, and which scheme is on. */
export type Colours = Record<string, string>;

/** What `/v1/about` tells of the city. */
export interface About {
  name: string;
  center: [number, number] | null;
  basemap: string | null;
  attribution: string | null;
  clock: ClockBasis;
}
