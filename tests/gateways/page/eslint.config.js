// What eslint asks of the page's scripts and of their tests; types are tsc's business (tsconfig.json).
import js from "@eslint/js";
import globals from "globals";

const PROSE = {
  eqeqeq: "error",
  "no-var": "error",
  "prefer-const": "error",
  "no-shadow": "error",
  "no-implicit-globals": "error",
  "no-restricted-syntax": ["error", {
    selector: "CallExpression[callee.property.name='then']", message: "await it, so that an error is not lost",
  }],
  // The ways around a type. Where there is no other, eslint-disable with the reason beside it.
  "no-warning-comments": ["error", { terms: ["@ts-", "{any}", "{any ", "any>", "any[]", "{*}", "{Function}"], location: "anywhere" }],
  complexity: ["error", 20],
  "max-lines": ["error", 250],
};

export default [
  { ignores: ["build/"] },
  js.configs.recommended,
  { files: ["static/*.js"], languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser }, rules: PROSE },
  { files: ["**/*.mjs", "*.config.js"], languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.node }, rules: PROSE },
];
