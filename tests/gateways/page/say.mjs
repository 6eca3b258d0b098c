// Every sentence of a language as the page says it, with every count: test_words.py compares it with what Python says.
import { readFileSync } from "node:fs";

import { Language, listSentences } from "../../../gateways/api/web/static/language.js";

const [folder, code, counts] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
const file = read(code), language = new Language(file, file.fallback && read(file.fallback)), said = {};
for (const [key, sentence] of listSentences(read("fr").words)) {
  const names = [...JSON.stringify(sentence).matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  for (const count of JSON.parse(counts))
    for (const form of ["long", "short"])
      said[`${key}/${count}/${form}`] = language.say(key, Object.fromEntries(names.map((name) => [name, count])), form);
}
console.log(JSON.stringify(said));
