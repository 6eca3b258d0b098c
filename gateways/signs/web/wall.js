// Keeps the wall as the server draws it: asks for the page again, and takes over what has changed. The ETag makes a
// question to which nothing is new cheap. What nobody has confirmed for a minute is no longer shown.
const EVERY_MS = 2000;
const KNOWN_FOR_MS = 60000;
const SLOWEST_MS = 15000;
const live = document.getElementById("live");
const lost = document.getElementById("lost");
let heardAt = Date.now();
let wait = EVERY_MS;

/** Put each sign of the new page in its place, and leave alone what is the same. */
function take(page) {
  for (const id of ["counts", "notices"]) {
    const [ours, theirs] = [document.getElementById(id), page.getElementById(id)];
    if (theirs && ours.innerHTML !== theirs.innerHTML) ours.replaceWith(document.importNode(theirs, true));
  }
  const main = document.getElementById("signs");
  const signs = [...page.querySelectorAll("article")];
  const same = signs.length > 0 && signs.map(({ id }) => id).join() === [...main.children].map(({ id }) => id).join();
  if (!same) {
    main.replaceChildren(...signs.map((sign) => document.importNode(sign, true)));
    return;
  }
  for (const sign of signs) {
    const ours = document.getElementById(sign.id);
    if (ours.dataset.version !== sign.dataset.version) ours.replaceWith(document.importNode(sign, true));
  }
}

/** Say whether what stands here is young enough to be believed. */
function judge() {
  const old = Date.now() - heardAt > KNOWN_FOR_MS;
  document.documentElement.classList.toggle("old", old);
  lost.hidden = !old;
  live.hidden = old;
}

async function ask() {
  try {
    const reply = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
    if (!reply.ok) throw new Error(String(reply.status));
    take(new DOMParser().parseFromString(await reply.text(), "text/html"));
    heardAt = Date.now();
    wait = EVERY_MS;
  } catch {
    wait = Math.min(wait * 2, SLOWEST_MS);
  }
  judge();
  setTimeout(ask, document.hidden ? SLOWEST_MS : wait);
}

setInterval(judge, 1000);
judge();
setTimeout(ask, EVERY_MS);
