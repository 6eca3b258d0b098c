// Keeps a page of the desk live, and sends what its forms say. A piece in which somebody is typing is left as it is, and
// is said to have changed; nothing typed is ever lost by an update.
import "./keys.js";
import { beginWriting, endPreview, endWriting, previewSoon, read, seenBy, soon, tellOvertaken } from "./orders.js";

const words = document.getElementById("words").dataset;
const lost = document.getElementById("lost");
const link = document.getElementById("link");
const said = document.getElementById("said");
const SILENT_MS = 25000;
let heardAt = Date.now();
let csrf = "";

/** Elements of a piece of HTML; what others wrote was made inert by the server, and scripts in it do not run. */
function elements(html, within = "table") {
  const holder = within === "table" ? `<table><tbody>${html}</tbody></table>` : html;
  const page = new DOMParser().parseFromString(holder, "text/html");
  return [...(within === "table" ? page.querySelector("tbody") : page.body).children];
}

/** Whether somebody is writing in this element: the cursor is in a field, or a form is open or filled in. */
function isBusy(element) {
  const here = document.activeElement;
  if (element.contains(here) && here.matches("input, select, textarea")) return true;
  if (element.querySelector("details[open]")) return true;
  return [...element.querySelectorAll("input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);
}

/** Say, beside what somebody is writing and aloud, that something else is true by now. Once is enough. */
function tellChanged(element) {
  if (element.classList.contains("changed")) return;
  element.classList.add("changed");
  const holder = element.querySelector("th") ?? element;
  const name = holder.firstChild?.textContent ?? "";
  const note = document.createElement("span");
  note.className = "soft changed-note";
  note.textContent = `▲ ${words.changed}`;
  holder.append(note);
  said.className = "";
  said.textContent = `${name} : ${words.changed}`;
}

/** Put another in an element's place; whoever stood on a button or a link of it stands on the same one afterwards. */
function swap(ours, theirs) {
  const here = ours.contains(document.activeElement) ? document.activeElement : null;
  const where = (one) => one.closest("form")?.dataset.post ?? one.getAttribute("href") ?? one.tagName;
  const now = document.importNode(theirs, true);
  ours.replaceWith(now);
  if (!here) return now;
  const able = [...now.querySelectorAll("button, a, summary")];
  (able.find((one) => where(one) === where(here)) ?? now.querySelector(".acts button") ?? able[0])?.focus();
  return now;
}

function exchange(ours, theirs) {
  if (ours.dataset.version === theirs.dataset.version) return;
  if (isBusy(ours)) tellChanged(ours);
  else swap(ours, theirs);
}

/** Take a row away; whoever stood in it stands in the next one, or in the one before. */
function remove(row) {
  const wasHere = row.contains(document.activeElement);
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const table = row.closest(".wide");
  row.remove();
  if (wasHere) (next?.querySelector("button, a") ?? table)?.focus();
}

/** Rows of a table as the server has them now: in its order, each exchanged only where it says something else. */
function takeRows(body, rows) {
  const held = new Map([...body.children].map((row) => [row.id, row]));
  let before = null;
  for (const row of rows) {
    const ours = held.get(row.id);
    held.delete(row.id);
    let now = ours;
    if (!ours) now = document.importNode(row, true);
    else if (ours.dataset.version !== row.dataset.version) {
      if (isBusy(ours)) tellChanged(ours);
      else now = swap(ours, row);
    }
    const next = before ? before.nextElementSibling : body.firstElementChild;
    if (next !== now && !(ours && isBusy(ours))) {
      const here = now.contains(document.activeElement) ? document.activeElement : null;
      body.insertBefore(now, next);
      here?.focus();
    }
    before = now;
  }
  for (const row of held.values()) {
    if (isBusy(row)) tellChanged(row);
    else remove(row);
  }
}

/** The page as it is now: of what is shown here each part that has changed, and where nobody is typing. */
async function refresh() {
  const reply = await fetch(location.href, { cache: "no-cache" }).catch(() => null);
  if (!reply?.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const id of ["line", "alarms", "places", "now"]) {
    const [ours, theirs] = [document.getElementById(id), page.getElementById(id)];
    if (!ours || !theirs || ours.innerHTML === theirs.innerHTML) continue;
    if (ours.tagName === "TBODY") takeRows(ours, [...theirs.children]);
    else if (!isBusy(ours)) ours.replaceChildren(...[...theirs.children].map((one) => document.importNode(one, true)));
  }
}

let hasBegun = false;
const takers = {
  beat() {},
  /** What changed before the stream began and after the page was made, or while the stream was lost, is fetched. */
  begin({ idle_s: idle }) {
    if (hasBegun || idle * 1000 < performance.now()) refresh();
    hasBegun = true;
  },
  time({ now }) {
    document.getElementById("time").textContent = now;
  },
  piece({ id, html }) {
    const ours = document.getElementById(id);
    if (!ours || (id === "places" && document.body.dataset.way !== "overview")) return;
    if (ours.tagName === "TBODY") takeRows(ours, elements(html));
    else ours.replaceChildren(...elements(html, "page").map((one) => document.importNode(one, true)));
  },
  places(rows) {
    for (const [id, { row, now }] of Object.entries(rows)) {
      const ours = document.getElementById(`place-${id}`);
      if (ours) exchange(ours, elements(row)[0]);
      const editors = document.getElementById("editors");
      const here = document.getElementById("now");
      if (here && editors && editors.dataset.place === id && !isBusy(here)) {
        here.replaceChildren(...elements(now, "page").map((one) => document.importNode(one, true)));
      }
    }
  },
  editing({ place, who }) {
    const editors = document.getElementById("editors");
    if (!editors || editors.dataset.place !== place) return;
    const others = who.filter((one) => one !== document.body.dataset.me);
    editors.textContent = others.length ? words.editing.replace("{who}", others.join(", ")) : "";
  },
};

function judge() {
  const old = Date.now() - heardAt > SILENT_MS;
  lost.hidden = !old;
  document.documentElement.classList.toggle("old", old);
}

function listen() {
  const stream = new EventSource(`/live?lang=${document.documentElement.lang}`);
  for (const [name, take] of Object.entries(takers)) {
    stream.addEventListener(name, ({ data }) => {
      heardAt = Date.now();
      take(JSON.parse(data));
    });
  }
  stream.addEventListener("open", () => {
    if (!document.querySelector("#line, #places, #now")) return; // a page of what was asked once stays as it was
    document.documentElement.classList.add("live");
    link.textContent = words.live;
  });
  stream.addEventListener("error", () => {
    document.documentElement.classList.remove("live");
    link.textContent = words.static;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}

/** A key that no other command has. By plain http from another machine browsers have no randomUUID. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(form) {
  await known;
  const row = form.closest("tr[data-tag]");
  const body = read(form);
  const seen = form.dataset.seen ?? row?.dataset.tag ?? seenBy(form, body);
  const headers = { "Content-Type": "application/json", "X-Placelibre-CSRF": csrf, "Idempotency-Key": form.dataset.key };
  if (seen) headers["If-Match"] = `"${seen}"`;
  const reply = await fetch(form.dataset.post, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await reply.json().catch(() => ({}));
  const isOvertaken = form.dataset.post.startsWith("/v1/desk/places/") && [409, 412].includes(reply.status);
  if (isOvertaken) throw new Error(await tellOvertaken(form, body, answer));
  if (!reply.ok) throw new Error(answer.detail ?? `${reply.status} ${reply.statusText}`);
  if (row && answer.alarm) row.dataset.tag = answer.alarm.tag;
  return answer;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.post) return;
  event.preventDefault();
  form.dataset.key ??= newKey();
  const button = form.querySelector("button");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await send(form);
    said.textContent = words.done;
    said.className = "good";
    form.reset();
    delete form.dataset.key;
    endWriting(form);
    endPreview();
    const details = form.closest("details");
    if (form.contains(document.activeElement)) details?.querySelector("summary").focus();
    details?.removeAttribute("open");
    if (form.dataset.edits) setTimeout(() => location.reload(), 600);
  } catch (error) {
    said.textContent = words.failed.replace("{why}", error.message);
    said.className = "bad";
  }
  button.ariaDisabled = null;
});

/** Show of a form what belongs to the thing that is being set. */
function adapt(form) {
  const aspect = form.elements.aspect?.value;
  if (aspect) for (const part of form.querySelectorAll("[data-of]")) part.hidden = part.dataset.of !== aspect;
}

let toldAt = 0;
document.addEventListener("input", ({ target }) => {
  const form = target.closest("form");
  if (!form) return;
  delete form.dataset.key; // what says something else is another command
  adapt(form);
  if (form.dataset.preview) beginWriting(form);
  if (csrf) previewSoon(form, { "Content-Type": "application/json", "X-Placelibre-CSRF": csrf });
  if (form.dataset.edits && csrf && Date.now() - toldAt > 8000) {
    toldAt = Date.now();
    fetch(`/v1/desk/places/${encodeURIComponent(form.dataset.edits)}/editing`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Placelibre-CSRF": csrf },
      body: "{}",
    }).catch(() => {});
  }
});

for (const field of document.querySelectorAll("input[type=datetime-local]:not([value])")) {
  field.defaultValue = soon(2);
}
document.addEventListener("toggle", ({ target }) => {
  for (const field of target.querySelectorAll("input[type=datetime-local]:not([value])")) field.defaultValue = soon(2);
}, true);
for (const form of document.querySelectorAll("form.order")) adapt(form);

async function begin() {
  const me = await fetch("/v1/desk/me").then((reply) => reply.json());
  csrf = me.csrf ?? "";
  document.body.dataset.me = me.name ?? "";
  const logout = document.getElementById("logout");
  logout.hidden = !csrf;
  logout.addEventListener("click", async () => {
    // The provider's own logout is on another site: a page may go there, a fetch that is redirected may not.
    const headers = { "Accept": "application/json", "X-Placelibre-CSRF": csrf };
    const reply = await fetch("/logout", { method: "POST", headers });
    location.assign(reply.ok ? (await reply.json()).location : "/login");
  });
}

const known = begin().catch(() => {});
setInterval(judge, 1000);
listen();
