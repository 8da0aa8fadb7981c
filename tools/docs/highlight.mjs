// Colours of code, as classes: the site's policy permits no inline style.
import { createCssVariablesTheme, createHighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

/** The languages of the documents' code blocks, by the names that they use. Blocks without a language are plain text. */
const LANGUAGES = {
  http: () => import("shiki/langs/http.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  js: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  nginx: () => import("shiki/langs/nginx.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sh: () => import("shiki/langs/shellscript.mjs"),
  svelte: () => import("shiki/langs/svelte.mjs"),
  toml: () => import("shiki/langs/toml.mjs"),
  ts: () => import("shiki/langs/typescript.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  vue: () => import("shiki/langs/vue.mjs"),
};

/** @typedef {(code: string, language: string) => string} Highlight Returns the HTML of one code block. */

/** @returns {Promise<Highlight>} */
export async function newHighlighter() {
  const shiki = await createHighlighterCore({
    themes: [createCssVariablesTheme({ name: "classes", variablePrefix: "--code-", fontStyle: false })],
    langs: Object.values(LANGUAGES),
    engine: createJavaScriptRegexEngine(),
  });
  return (code, language) => {
    const lang = LANGUAGES[/** @type {keyof typeof LANGUAGES} */ (language)] ? language : "text";
    return shiki.codeToHtml(code.trimEnd(), { lang, theme: "classes", transformers: [{ pre, span }] });
  };
}

/** @param {import("hast").Element} node */
function pre(node) {
  node.properties = {};
}

/** `style="color:var(--code-token-keyword)"` becomes `class="code-token-keyword"`. @param {import("hast").Element} node */
function span(node) {
  const [, name] = /var\(--([\w-]+)\)/.exec(String(node.properties.style)) ?? [];
  node.properties = name && name !== "code-foreground" ? { class: name } : {};
}
