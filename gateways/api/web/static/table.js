// The table of all places. Rows are kept and only what changed is written, so that focus and reading position stay.
import { markup, put, set, within } from "./dom.js";
import { markSvg } from "./icons.js";
import { plain, shortName, shownVacant, sorted } from "./places.js";
import { ageText, capacityText, numberSpoken, numberText, stateWord, tagText } from "./phrases.js";
import { distance, language, say } from "./words.js";

/** @import {Column, Drawing, Row, Sorting} from "./page" */
/** @typedef {{line: HTMLTableRowElement, part: (name: string) => HTMLElement}} Line */
/** @typedef {Drawing & {filter: string, withDistance: boolean, selected: string | null}} TableDrawing */

/** @type {Column[]} */
const COLUMNS = ["place", "free", "capacity", "state", "age", "distance"];
/** @type {Set<Column>} */
const FIRST_DESCENDING = new Set(["free", "capacity"]);
const REORDER_MS = 10_000; // rows that jump under a finger are not to be trusted
const PARTS = ["name", "kind", "number", "spoken", "simulated", "of", "capacity", "mark", "word", "age", "distance"];

export class Table {
  /** @type {Map<string, Line>} */
  #lines = new Map();
  #order = "";
  #orderedAt = -Infinity;
  #neverShown = false;
  /** @type {Sorting} */
  sort = { column: "place", descending: false };

  /**
   * `chosen(id)` is called when a place's name is pressed, `resort()` when the order should be drawn anew.
   * @param {HTMLTableElement} table @param {{chosen: (id: string) => void, resort: () => void}} calls
   */
  constructor(table, calls) {
    this.table = table;
    this.calls = calls;
    this.caption = within(table, "caption");
    const roles = '<thead role="rowgroup"><tr role="row"></tr></thead>'
      + '<tbody role="rowgroup"></tbody><tbody role="rowgroup"><tr role="row" class="more"><td role="cell" colspan="6">'
      + '<button type="button" aria-expanded="false"></button></td></tr></tbody><tbody role="rowgroup" hidden></tbody>';
    table.insertAdjacentHTML("beforeend", roles);
    const [heard, more, never] = table.tBodies;
    this.heard = heard;
    this.moreBody = more;
    this.never = never;
    this.more = within(this.moreBody, "button");
    this.more.addEventListener("click", () => { this.#neverShown = !this.#neverShown; calls.resort(); });
    this.heads = COLUMNS.map((column) => this.#buildHead(column));
    within(table, "thead tr").append(...this.heads.map(({ cell }) => cell));
  }

  /** @param {Column} column */
  #buildHead(column) {
    const cell = element("th", { scope: "col", role: "columnheader", class: column });
    const button = element("button", { type: "button", "data-sort": column });
    button.addEventListener("click", () => this.sortBy(column));
    cell.append(button);
    return { column, cell, button };
  }

  /** @param {Column} column @param {boolean} [descending] the other way than now where it is left out */
  sortBy(column, descending) {
    const turned = this.sort.column === column ? !this.sort.descending : FIRST_DESCENDING.has(column);
    this.sort = { column, descending: descending ?? turned };
    this.redraw();
    this.calls.resort();
  }

  /**
   * Draw these rows. `filter` is what was typed, `withDistance` whether a point is chosen, `selected` the id of the card's.
   * @param {Row[]} rows @param {TableDrawing} drawing
   */
  render(rows, { filter, withDistance, frozen, needWords, selected }) {
    const wanted = plain(filter);
    const shown = rows.filter(({ place }) => plain(place.name).includes(wanted));
    this.table.classList.toggle("with-distance", withDistance);
    this.#renderHead();
    this.#renderCaption(shown.length, rows.length, needWords, wanted);
    for (const row of rows) this.#renderLine(row, frozen, row.place.id === selected);
    const never = shown.filter(({ neverHeard }) => neverHeard).length;
    const open = this.#neverShown || (wanted !== "" && never > 0);
    this.moreBody.hidden = never === 0;
    this.never.hidden = !open;
    set(this.more, "aria-expanded", String(open));
    put(this.more, say("count.never_heard", { count: never }));
    this.#reorder(shown);
  }

  #renderHead() {
    const { column: sorting, descending } = this.sort;
    for (const { column, cell, button } of this.heads) {
      put(button, say(`column.${column === "free" ? "vacant" : column}`));
      if (column === sorting) set(cell, "aria-sort", descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }

  /** @param {number} shown @param {number} all @param {string} need @param {string} wanted */
  #renderCaption(shown, all, need, wanted) {
    const part = wanted ? ` – ${say("count.shown", { shown, all })}` : "";
    put(this.caption, say("page.caption", { need }) + part);
  }

  /** @param {Row} row @param {boolean} frozen @param {boolean} selected */
  #renderLine(row, frozen, selected) {
    const { place, mark } = row, { line, part } = this.#lineOf(place.id);
    const vacant = shownVacant(row);
    set(line, "data-vacant", vacant === null ? "unknown" : String(vacant));
    set(line, "data-level", row.level);
    set(line, "data-opening", place.opening);
    set(line, "data-state", mark);
    line.classList.toggle("chosen", selected);
    set(part("name"), "aria-current", String(selected));
    put(part("name"), shortName(place));
    put(part("kind"), row.small ? say("page.street") : "");
    put(part("number"), numberText(row));
    put(part("spoken"), numberSpoken(row));
    put(part("simulated"), tagText(row));
    put(part("capacity"), capacityText(row));
    line.cells[2].classList.toggle("none", row.capacity === null);
    put(part("of"), say("count.of", { count: "" }));
    markup(part("mark"), markSvg(mark));
    put(part("word"), stateWord(row));
    put(part("age"), ageText(row, frozen));
    put(part("distance"), row.metres === null ? "?" : distance(row.metres));
  }

  /** @param {string} id */
  #lineOf(id) {
    const known = this.#lines.get(id);
    if (known) return known;
    const made = this.#buildLine(id);
    this.#lines.set(id, made);
    return made;
  }

  /** @param {string} id @returns {Line} */
  #buildLine(id) {
    const line = element("tr", { role: "row", "data-place": id });
    line.innerHTML = `
      <th role="rowheader" scope="row" class="place"><button type="button" data-part="name"></button> <span class="kind" data-part="kind"></span></th>
      <td role="cell" class="free"><b aria-hidden="true" data-part="number"></b><span class="unseen" data-part="spoken"></span> <span class="tag" data-part="simulated"></span></td>
      <td role="cell" class="capacity"><span class="of" data-part="of"></span><span data-part="capacity"></span></td>
      <td role="cell" class="state"><span data-part="mark"></span><span data-part="word"></span></td>
      <td role="cell" class="age" data-part="age"></td>
      <td role="cell" class="distance" data-part="distance"></td>`;
    const parts = Object.fromEntries(PARTS.map((name) => [name, within(line, `[data-part=${name}]`)]));
    parts.name.addEventListener("click", () => this.calls.chosen(id));
    return { line, part: (name) => parts[name] };
  }

  // A new order at once when asked for; when only numbers moved, not under a hand or a focus, and not too often.
  /** @param {Row[]} shown */
  #reorder(shown) {
    const ids = shown.map(({ place, neverHeard }) => place.id + neverHeard).sort().join();
    const sameRows = ids === this.#order, now = performance.now();
    if (sameRows && (now - this.#orderedAt < REORDER_MS || this.#isTouched())) return;
    this.#order = ids;
    this.#orderedAt = now;
    const rows = sorted(shown, this.sort, language());
    arrange(this.heard, rows.filter(({ neverHeard }) => !neverHeard).map(({ place }) => this.#lineOf(place.id).line));
    arrange(this.never, rows.filter(({ neverHeard }) => neverHeard).map(({ place }) => this.#lineOf(place.id).line));
  }

  #isTouched() {
    return this.heard.contains(document.activeElement) || this.heard.matches(":hover");
  }

  /** How many rows pass the filter and can be seen. */
  shownCount() { return this.heard.rows.length + (this.never.hidden ? 0 : this.never.rows.length); }
  redraw() { this.#orderedAt = -Infinity; }
  /** @param {string} id */
  nameButton(id) { return this.#lines.get(id)?.part("name"); }
}

// Move only the rows that are not yet where they belong: moving a row takes its focus away.
/** @param {HTMLTableSectionElement} body @param {HTMLTableRowElement[]} lines */
function arrange(body, lines) {
  const wanted = new Set(lines);
  for (const line of [...body.rows]) if (!wanted.has(line)) line.remove();
  lines.forEach((line, at) => { if (body.rows[at] !== line) body.insertBefore(line, body.rows[at] ?? null); });
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name @param {Record<string, string>} attributes
 */
function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
