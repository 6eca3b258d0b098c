// The table of all places. Rows are kept and only what changed is written, so that focus and reading position stay.
import { markSvg } from "./icons.js";
import { shortName, shownVacant, sorted } from "./places.js";
import { ageText, capacityText, numberSpoken, numberText, stateWord } from "./phrases.js";
import { distance, language, say } from "./words.js";

const COLUMNS = ["place", "free", "capacity", "state", "age", "distance"];
const COLUMN_WORDS = { free: "vacant" };
const FIRST_DESCENDING = new Set(["free", "capacity"]);
const REORDER_MS = 10_000; // rows that jump under a finger are not to be trusted

export class Table {
  #lines = new Map();
  #order = "";
  #orderedAt = -Infinity;
  #neverShown = false;
  sort = { column: "place", descending: false };

  /** `chosen(id)` is called when a place's name is pressed, `resort()` when the order should be drawn anew. */
  constructor(table, caption, { chosen, resort }) {
    Object.assign(this, { table, caption, chosen, resort });
    const roles = '<thead role="rowgroup"><tr role="row"></tr></thead>'
      + '<tbody role="rowgroup"></tbody><tbody role="rowgroup"><tr role="row" class="more"><td role="cell" colspan="6">'
      + '<button type="button" aria-expanded="false"></button></td></tr></tbody><tbody role="rowgroup" hidden></tbody>';
    table.insertAdjacentHTML("beforeend", roles);
    [this.heard, this.moreBody, this.never] = table.tBodies;
    this.more = this.moreBody.querySelector("button");
    this.more.addEventListener("click", () => { this.#neverShown = !this.#neverShown; this.resort(); });
    this.#buildHead();
  }

  #buildHead() {
    for (const column of COLUMNS) {
      const head = element("th", { scope: "col", role: "columnheader", class: column });
      const button = element("button", { type: "button", "data-sort": column });
      button.addEventListener("click", () => this.sortBy(column));
      head.append(button);
      this.table.tHead.rows[0].append(head);
    }
  }

  sortBy(column, descending) {
    const turned = this.sort.column === column ? !this.sort.descending : FIRST_DESCENDING.has(column);
    this.sort = { column, descending: descending ?? turned };
    this.#orderedAt = -Infinity;
    this.resort();
  }

  /** Draw these rows. `filter` is what was typed, `withDistance` whether a point is chosen, `frozen` whether paused. */
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
    this.more.setAttribute("aria-expanded", String(open));
    put(this.more, say("count.never_heard", { count: never }));
    this.#reorder(shown);
  }

  #renderHead() {
    for (const head of this.table.tHead.rows[0].cells) {
      const { column, descending } = this.sort, mine = head.className === column;
      put(head.firstChild, say(`column.${COLUMN_WORDS[head.className] ?? head.className}`));
      if (mine) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  #renderCaption(shown, all, need, wanted) {
    const part = wanted ? ` – ${say("count.shown", { shown, all })}` : "";
    put(this.caption, say("page.caption", { need }) + part);
  }

  #renderLine(row, frozen, selected) {
    const { place, mark } = row;
    if (!this.#lines.has(place.id)) this.#lines.set(place.id, this.#buildLine(place.id));
    const { line, parts } = this.#lines.get(place.id);
    const vacant = shownVacant(row);
    set(line, "data-vacant", vacant === null ? "unknown" : String(vacant));
    set(line, "data-level", row.level);
    set(line, "data-opening", place.opening);
    line.classList.toggle("chosen", selected);
    set(parts.name, "aria-current", String(selected));
    put(parts.name, shortName(place));
    put(parts.kind, row.small ? say("page.street") : "");
    put(parts.number, numberText(row));
    put(parts.spoken, numberSpoken(row));
    put(parts.simulated, row.simulated ? say("simulated", {}, "short") : "");
    put(parts.capacity, capacityText(row));
    set(parts.capacity.parentElement, "class", row.capacity === null ? "capacity none" : "capacity");
    put(parts.of, say("count.of", { count: "" }));
    put(parts.word, stateWord(row));
    put(parts.age, ageText(row, frozen));
    put(parts.distance, row.metres === null ? "?" : distance(row.metres));
    if (line.dataset.state !== mark) {
      line.dataset.state = mark;
      parts.mark.innerHTML = markSvg(mark);
    }
  }

  #buildLine(id) {
    const line = element("tr", { role: "row", "data-place": id });
    line.innerHTML = `
      <th role="rowheader" scope="row" class="place"><button type="button" data-part="name"></button> <span class="kind" data-part="kind"></span></th>
      <td role="cell" class="free"><b aria-hidden="true" data-part="number"></b><span class="unseen" data-part="spoken"></span> <span class="tag" data-part="simulated"></span></td>
      <td role="cell" class="capacity"><span class="of" data-part="of"></span><span data-part="capacity"></span></td>
      <td role="cell" class="state"><span data-part="mark"></span><span data-part="word"></span></td>
      <td role="cell" class="age" data-part="age"></td>
      <td role="cell" class="distance" data-part="distance"></td>`;
    const parts = {};
    for (const part of line.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
    parts.name.addEventListener("click", () => this.chosen(id));
    return { line, parts };
  }

  // A new order at once when asked for; when only numbers moved, not under a hand or a focus, and not too often.
  #reorder(shown) {
    const ids = shown.map(({ place, neverHeard }) => place.id + neverHeard).sort().join();
    const sameRows = ids === this.#order, now = performance.now();
    if (sameRows && (now - this.#orderedAt < REORDER_MS || this.#isTouched())) return;
    this.#order = ids;
    this.#orderedAt = now;
    const bodies = [[], []];
    for (const row of sorted(shown, this.sort, language()))
      bodies[Number(row.neverHeard)].push(this.#lines.get(row.place.id).line);
    arrange(this.heard, bodies[0]);
    arrange(this.never, bodies[1]);
  }

  #isTouched() {
    return this.heard.contains(document.activeElement) || this.heard.matches(":hover");
  }

  redraw() { this.#orderedAt = -Infinity; }
  nameButton(id) { return this.#lines.get(id)?.parts.name; }
}

// Move only the rows that are not yet where they belong: moving a row takes its focus away.
function arrange(body, lines) {
  const wanted = new Set(lines);
  for (const line of [...body.rows]) if (!wanted.has(line)) line.remove();
  lines.forEach((line, at) => { if (body.rows[at] !== line) body.insertBefore(line, body.rows[at] ?? null); });
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const set = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
