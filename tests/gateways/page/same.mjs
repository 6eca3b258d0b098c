// Whether two texts of a script are one program, token by token: test_pages.py asks it of what is served.
import { readFileSync } from "node:fs";

import { tokenize } from "espree";

const OPTIONS = { ecmaVersion: "latest", sourceType: "module" };
const tokens = (script) => tokenize(script, OPTIONS).map(({ type, value }) => [type, value]);
const pairs = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(pairs.map(([one, other]) => JSON.stringify(tokens(one)) === JSON.stringify(tokens(other)))));
