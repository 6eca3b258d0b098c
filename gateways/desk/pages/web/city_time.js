// Times that are typed are the city's, wherever the browser is. A zone is an IANA name; wall times are as a field of a
// form writes them, 2026-05-04T14:30.

const MINUTE_MS = 60000;
const DAY_MS = 86400000;

/** What the clocks of a zone show at an instant (milliseconds). */
export function wallIn(zone, instant) {
  const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  const form = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...digits });
  const part = Object.fromEntries(form.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${part.year.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** By how much the zone's clocks are ahead of UTC then, in milliseconds. */
function aheadAt(zone, instant) {
  return Date.parse(`${wallIn(zone, instant)}Z`) - Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}

/** The instant of a wall time with the zone's offset; of two in autumn the first, null where clocks leave it out. */
export function instantIn(zone, wall) {
  const typed = Date.parse(`${wall.slice(0, 16)}Z`);
  if (Number.isNaN(typed)) return null;
  const aheads = [typed - DAY_MS, typed + DAY_MS].map((near) => aheadAt(zone, near));
  const found = aheads.filter((ahead) => aheadAt(zone, typed - ahead) === ahead);
  if (!found.length) return null;
  const ahead = Math.max(...found);
  const minutes = Math.abs(ahead) / MINUTE_MS;
  const two = (count) => String(count).padStart(2, "0");
  return `${wall.slice(0, 16)}:00${ahead < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
