// How long to wait before a server that did not answer is asked again.

const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;

/**
 * Milliseconds to wait after so many failures in a row: longer each time, and never for everyone alike, so that a server
 * which comes back is not asked by the whole city at once.
 * @param {number} failures 0 after the first @param {number} chance from 0 to 1
 */
export const waitMs = (failures, chance = Math.random()) => Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (1 + chance) / 2;

/**
 * What `url` holds as JSON; asked again until there is an answer.
 * @template T
 * @param {string} url @returns {Promise<T>}
 */
export async function readJson(url) {
  for (let failures = 0; ; failures += 1) {
    try {
      const reply = await fetch(url);
      if (reply.ok) return await reply.json();
    } catch { /* asked again below */ }
    await new Promise((wake) => { setTimeout(wake, waitMs(failures)); });
  }
}
