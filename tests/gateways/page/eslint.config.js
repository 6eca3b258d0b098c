// What eslint asks of the page's scripts; types are tsc's business (tsconfig.json).
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-shadow": "error",
      "no-implicit-globals": "error",
      "no-restricted-syntax": ["error", {
        selector: "CallExpression[callee.property.name='then']", message: "await it, so that an error is not lost",
      }],
      complexity: ["error", 20],
      "max-lines": ["error", 250],
    },
  },
];
