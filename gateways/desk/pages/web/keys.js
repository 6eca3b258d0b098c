// Keys that do something, for whoever has them on; never while somebody writes, and never with Ctrl, Alt or the like.
const dialog = document.getElementById("keys");
const opener = document.getElementById("keys-open");
const on = document.getElementById("keys-on");
const KEPT = "desk-keys";
const NEXT = "#next-alarm";
const PAIR_MS = 1000;
let before = { key: "", at: 0 };

try {
  on.checked = localStorage.getItem(KEPT) !== "off";
} catch {
  // A browser that keeps nothing: they are on.
}
on.addEventListener("change", () => {
  try {
    localStorage.setItem(KEPT, on.checked ? "on" : "off");
  } catch {
    // As above.
  }
});
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());

/** To the next alarm that waits for an answer, after the one where somebody stands; after the last comes the first. */
function nextAlarm() {
  if (!document.getElementById("alarms")) return location.assign(`/${NEXT}`);
  const buttons = [...document.querySelectorAll("#alarms form[data-post$='/acknowledge'] button")];
  const here = document.activeElement;
  const after = (one) => here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING && here !== one;
  const isInTable = here.closest("#alarms") !== null;
  (buttons.find((one) => isInTable && after(one)) ?? buttons[0])?.focus();
}

document.addEventListener("keydown", (event) => {
  const isWriting = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable], dialog");
  if (!on.checked || isWriting || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const isPair = before.key === "g" && event.timeStamp - before.at < PAIR_MS;
  before = { key: event.key, at: event.timeStamp };
  if (event.key === "?") dialog.showModal();
  else if (event.key === "a") nextAlarm();
  else if (event.key === "/" || (event.key === "p" && isPair)) location.assign("/places");
  else return;
  event.preventDefault();
});

if (location.hash === NEXT) nextAlarm();
