// One language: its sentences, and how it writes numbers. The same rules as gateways/words/language.py, over the same files;
// a test holds both to the same answers. Nothing of the page here, so that it runs anywhere.

const VARIANTS = new Set(["long", "short", "zero", "one", "two", "few", "many", "other"]);

/**
 * @typedef {string | Record<string, string>} Sentence
 * @typedef {{[name: string]: Sentence | Words}} Words
 * @typedef {{code: string, name: string, locale: string, reviewed: boolean, fallback: string | null, words: Words}} LanguageFile
 */

/** @param {Sentence | Words} value @returns {value is Sentence} */
const isSentence = (value) => typeof value === "string" || Object.keys(value).every((name) => VARIANTS.has(name));

/**
 * Every key of a file's words, and its sentence.
 * @param {Words} words @returns {Array<[string, Sentence]>}
 */
export function listSentences(words, prefix = "") {
  return Object.entries(words).flatMap(([name, value]) =>
    isSentence(value) ? [[prefix + name, value]] : listSentences(value, `${prefix}${name}.`));
}

export class Language {
  /** @param {LanguageFile} file @param {LanguageFile | null} fallback says what is missing in `file` */
  constructor(file, fallback = null) {
    this.code = file.code;
    this.reviewed = file.reviewed;
    // A browser that does not know a language counts and writes as its neighbour does, not as the browser's own language.
    this.locales = [file.locale, ...(fallback ? [fallback.locale] : [])];
    this.plurals = new Intl.PluralRules(this.locales);
    this.sentences = new Map([...(fallback ? listSentences(fallback.words) : []), ...listSentences(file.words)]);
  }

  /** @param {string} key */
  knows(key) { return this.sentences.has(key); }

  /**
   * The sentence `key` with its values filled in, numbers as this language writes them. `form` is "long" or "short"; a
   * sentence with plurals needs the value `count`. A missing key shows itself, so that it is found and mended.
   * @param {string} key @param {Record<string, unknown>} values
   */
  say(key, values = {}, form = "long") {
    const found = this.sentences.get(key) ?? key;
    const sentence = typeof found === "string" ? found : found[this.#variant(found, form, values.count)];
    return sentence.replace(/\{(\w+)\}/g, (_, name) => this.#written(values[name] ?? ""))
      .replace(/ ([?:;!»])/g, "\u00a0$1").replace(/« /g, "«\u00a0"); // no line ends at these spaces
  }

  /** @param {Record<string, string>} sentence @param {string} form @param {unknown} count */
  #variant(sentence, form, count) {
    if (!("other" in sentence)) return form in sentence ? form : "long";
    const plural = this.plurals.select(Number(count));
    return plural in sentence ? plural : "other";
  }

  /** @param {unknown} value */
  #written(value) { return typeof value === "number" ? this.number(value) : String(value); }

  /** @param {number} value @param {Intl.NumberFormatOptions} options */
  number(value, options = {}) { return value.toLocaleString(this.locales, options); }

  /** "il y a 2 min". Rounded down, in steps coarse enough not to flicker. @param {number} seconds */
  age(seconds) {
    if (seconds < 5) return this.say("age.now");
    if (seconds < 60) return this.#ago("seconds", Math.floor(seconds / 5) * 5);
    if (seconds < 3600) return this.#ago("minutes", Math.floor(seconds / 60));
    if (seconds < 2 * 86400) return this.#ago("hours", Math.floor(seconds / 3600));
    return this.#ago("days", Math.floor(seconds / 86400));
  }

  /** @param {string} unit @param {number} count */
  #ago(unit, count) { return this.say("age.ago", { span: this.say(`age.${unit}`, { count }) }).replaceAll(" ", "\u00a0"); }

  /** Metres in a straight line, no finer than the answer deserves. @param {number} metres */
  distance(metres) {
    if (metres < 995) return `${Math.max(10, Math.round(metres / 10) * 10)}\u00a0m`;
    return `${this.number(metres / 1000, { maximumFractionDigits: metres < 9950 ? 1 : 0 })}\u00a0km`;
  }
}
