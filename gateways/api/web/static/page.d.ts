// What the page's scripts pass to each other. What the gateway sends is not written here: #api is made of its own
// OpenAPI document (`make page`), so a field that the gateway renames is an error here.
import type { components } from "#api";
import type { Geometry } from "geojson";

type Schemas = components["schemas"];

/** A place as the gateway sent it, and, once its limit has passed, as it may still be shown. */
export type Place = Schemas["Place"] & { expired?: boolean };
/** What a person at the desk has set. */
export type Order = Schemas["ByHand"];
export type Site = Schemas["Site"];
export type Space = Schemas["Space"];
export type Hit = Schemas["Hit"];
export type About = Schemas["About"];
/** An outline; the page marks that of its own town `main`. */
export type Area = Schemas["Area"] & { properties: { main?: boolean } };
export type ClockBasis = "wall" | "event";
export type Mark = "free" | "partial" | "almost" | "full" | "subscribers" | "closed" | "unknown";

/** What the events of the stream hold: `snapshot`, `changes`, and `status`. */
export type Snapshot = Schemas["Sites"];
export type Changes = Schemas["Changes"];
export type Connection = Schemas["Connection"];

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

/** The row of a place by its id; none where the city has no such place any more. */
export type RowOf = (id: string) => Row | undefined;

export type Column = "place" | "free" | "capacity" | "state" | "age" | "distance";
export interface Sorting {
  column: Column;
  descending: boolean;
}

/** What every part of the page is drawn with: whether it is paused, and the words for the reader's need. */
export interface Drawing {
  frozen: boolean;
  needWords: string;
}

/** The line to the gateway: since when (ms of this device's clock) it is in which state, and why. */
export interface Link {
  state: "connecting" | "live" | "lost";
  since: number;
  reason: "network" | "server";
}

/** The page's colour tokens by name, its font, and which scheme is on. */
export type Colours = Record<string, string>;

/** What the map draws of the page's state. */
export interface MapView {
  rows: Row[];
  selected: string | null | undefined;
  point: Point | null;
  spaces: Space[];
}

export interface Feature {
  type: "Feature";
  geometry: Geometry;
  properties: Record<string, unknown>;
}
/** A place as the map's data has it; its values are read by the layers of map-style.js. */
export interface PlaceFeature extends Feature {
  properties: { id: string; icon: string; number: string; mark: Mark; [name: string]: unknown };
}

declare global {
  interface Window {
    /** Swagger UI, on the page of the API alone. */
    SwaggerUIBundle?: (options: object) => unknown;
    /** For tests, and for who is curious. */
    placelibre?: object;
  }
}
