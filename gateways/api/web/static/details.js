// What a city states of a place for drivers besides: prices, reserved spaces, who runs it. Only what is known is shown.
import { safe } from "./dom.js";
import { count, number, say } from "./words.js";

/** @import {Site} from "./page" */

const PRICES = /** @type {const} */ ([1, 2, 3, 4, 24]);
const RESERVED = /** @type {const} */ (["disabled", "ev", "park_and_ride", "car_share", "carpool", "motorcycle", "bike", "electric_two_wheeler"]);

/** Pairs of a word and a text, as the card's own facts are. @param {Site["details"]} of @returns {Array<[string, string | false]>} */
export function detailsOf(of) {
  const prices = PRICES.map((hours) => priced(`card.hours_of`, { hours }, of[`price_${hours}h_cents`]));
  const seasons = [priced("card.season_resident", {}, of.season_resident_cents), priced("card.season_other", {}, of.season_cents)];
  const spaces = RESERVED.flatMap((use) => (of[`spaces_${use}`] ? [`${say(`reserved.${use}`)} (${count(of[`spaces_${use}`] ?? 0)})`] : []));
  return [
    ["card.users", Boolean(of.users) && say(`users.${of.users}`)],
    ["card.prices", listed([of.is_free === true && say("card.free"), ...prices])],
    ["card.season", listed(seasons)],
    ["card.disabled_tariff", Boolean(of.disabled_tariff) && say(`tariff.${of.disabled_tariff}`)],
    ["card.reserved", listed(spaces)],
    ["card.structure", Boolean(of.structure) && say(`structure.${of.structure}`)],
    ["card.info", of.info ?? false],
    ["card.page", of.url ?? false],
    ["card.operator", of.operator_siret ? `SIRET ${of.operator_siret}` : false],
    ["card.insee", of.insee ?? false],
  ];
}

/** The catalogue holds addresses of the web alone. @param {string} url */
export const linkTo = (url) => (/^https?:\/\//i.test(url)
  ? `<a href="${safe(url)}" rel="noopener noreferrer">${safe(url.replace(/^https?:\/\//i, "").replace(/\/$/, ""))}</a>` : safe(url));

/** "1 h 2,00 €". @param {string} key @param {Record<string, number>} values @param {number | undefined} cents */
const priced = (key, values, cents) => cents !== undefined
  && `${say(key, values)} ${number(cents / 100, { style: "currency", currency: "EUR" })}`;

/** No line ends within a part. @param {Array<string | false>} parts */
const listed = (parts) => parts.flatMap((part) => (part === false ? [] : [part.replaceAll(" ", "\u00a0")])).join(" · ");
