// Orders at a place: what a form says, what its writer has seen, what it would come to, and who was faster.
import { instantIn, wallIn } from "./city_time.js";

const words = document.getElementById("words").dataset;
const { zone } = document.body.dataset;
const PREVIEW_MS = 300;
const AIM = ["aspect", "category", "space", "source", "device"];

/** Some hours from now by the city's clock, as the field of a form writes it. */
export const soon = (hours) => wallIn(zone, Date.now() + hours * 3600000);

/** A typed time of the city with its offset. Throws where the city's clocks leave it out. */
function cityTime(typed) {
  const said = instantIn(zone, typed);
  if (!said) throw new Error(words.notime.replace("{zone}", zone));
  return said;
}

/** What a form says, as the desk's API wants it: numbers as numbers, times with their zone, nothing of what is empty. */
export function read(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.closest("[hidden]")) continue;
    if (field.type === "checkbox") {
      if (field.checked) body[field.name] = true;
    } else if (field.value !== "") {
      const isTime = field.type === "datetime-local";
      body[field.name] = field.type === "number" ? Number(field.value) : isTime ? cityTime(field.value) : field.value;
    }
  }
  if (body.of) {
    [body.source, body.device] = [body.of.slice(0, body.of.indexOf("/")), body.of.slice(body.of.indexOf("/") + 1)];
    delete body.of;
  }
  return body;
}

// -- what holds already, as its writer saw it --------------------------------------------------------------------------

const seenOf = new WeakMap();
const aimOf = (body) => AIM.map((name) => body[name] ?? "").join("\u001f");

/** From when somebody began to write: what is said by others after that is not overtaken unawares. */
export function beginWriting(form) {
  if (seenOf.has(form)) return;
  const standing = [...document.querySelectorAll("#now form[data-seen]")];
  seenOf.set(form, new Map(standing.map((one) => [aimOf(read(one)), one.dataset.seen])));
}

export const endWriting = (form) => seenOf.delete(form);

/** The decision that its writer saw of the same thing, if one held. */
export function seenBy(form, body) {
  if (form.dataset.preview !== "override") return undefined;
  beginWriting(form);
  return seenOf.get(form).get(aimOf(body));
}

/** The word of a choice as the page has it. */
const called = (name, value) =>
  document.querySelector(`form.order select[name="${name}"] option[value="${CSS.escape(value ?? "")}"]`)?.textContent;

/** Somebody else was faster: who, and what they said. What was typed stays; the next press is over what they said. */
export async function tellOvertaken(form, body, problem) {
  const held = problem.allowed?.replaceAll('"', "");
  if (form.dataset.preview) {
    beginWriting(form);
    if (held) seenOf.get(form).set(aimOf(body), held);
    else seenOf.get(form).delete(aimOf(body));
  }
  if (!held) return words.gone;
  const reply = await fetch(`/v1/desk/commands/${encodeURIComponent(held)}`).catch(() => null);
  if (!reply?.ok) return problem.detail;
  const { author, command } = await reply.json();
  const value = command?.opening ? called("opening", command.opening) : command?.vacant ?? command?.space ?? command?.device;
  const what = [called("aspect", command?.aspect), value ?? "", called("reason", command?.reason)];
  return words.overtaken.replace("{who}", () => author).replace("{what}", () => what.filter((one) => one !== "" && one).join(" · "));
}

// -- what it would come to ---------------------------------------------------------------------------------------------

let asked = 0;
let waiting;

function line(text, lang) {
  const made = document.createElement("p");
  made.textContent = text;
  if (lang) made.lang = lang;
  return made;
}

function shown(preview, { would, untold, signs }) {
  const say = preview.dataset;
  const lines = [];
  if (would) {
    const opening = called("opening", would.opening) ?? "?";
    lines.push(line(`${say.page} : ${would.vacant ?? "?"} / ${would.capacity ?? "–"}, ${opening}`));
  }
  if (untold) lines.push(...(would ? [] : [line(say.untold)]), line(untold, "en"));
  for (const sign of signs ?? []) {
    const text = sign.lines.map((one) => `${one.is.text || say.dark} → ${one.would.text || say.dark}`).join(" ; ");
    lines.push(line(`${say.sign} ${sign.name} (${sign.id}) : ${text}`));
  }
  if (would && !signs.length) lines.push(line(say.nosign));
  const head = document.createElement("strong");
  head.textContent = say.head;
  return [head, ...lines];
}

async function ask(form, headers) {
  const preview = document.getElementById("preview");
  const mine = ++asked;
  let pieces = [];
  if (form.checkValidity()) {
    try {
      const body = JSON.stringify({ command: form.dataset.preview, ...read(form) });
      const where = `/v1/desk/places/${encodeURIComponent(form.dataset.edits)}/preview`;
      const reply = await fetch(where, { method: "POST", headers, body });
      const answer = await reply.json();
      pieces = reply.ok ? shown(preview, answer) : [line(answer.detail, "en")];
    } catch (error) {
      pieces = [line(error.message)];
    }
  }
  if (mine === asked) preview.replaceChildren(...pieces);
}

/** Show what the form would come to, once its writer pauses. */
export function previewSoon(form, headers) {
  if (!form.dataset.preview) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(form, headers), PREVIEW_MS);
}

/** Nothing is being written any more. */
export function endPreview() {
  clearTimeout(waiting);
  asked += 1;
  document.getElementById("preview")?.replaceChildren();
}
