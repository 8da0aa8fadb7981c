// The HTML around a page: header with search, navigation, contents, neighbours.
import { relativeUrl } from "./documents.mjs";

/**
 * @typedef {import("./outline.mjs").Group} Group
 * @typedef {import("./pages.mjs").Page} Page
 */

/** @param {string} text */
const escapeHtml = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** @param {Page} page @param {Group[]} outline @returns {string} */
export function layout(page, outline) {
  const url = (/** @type {string} */ address) => relativeUrl(page.address, address);
  const contents = page.headings.filter(({ level }) => level === 2 || level === 3);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)} · Latchkey</title>
<link rel="icon" href="${url("../favicon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${url("docs.css")}">
<script type="module" src="${url("docs.js")}"></script>
</head>
<body data-root="${url("")}">
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="${url("")}"><svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect class="plate" width="32" height="32" rx="8"/><path class="hole" d="M16 6.5a5.75 5.75 0 0 0-2.9 10.72L11.4 25.5h9.2l-1.7-8.28A5.75 5.75 0 0 0 16 6.5Z"/></svg><span>Latchkey</span><span class="tag">docs</span></a>
<div class="search" role="search" hidden></div>
<a class="demo" href="${url("../")}">Demo</a>
</header>
<div class="columns">
<details class="menu"><summary>All pages</summary>${navigation(page, outline, url)}</details>
<main id="content" tabindex="-1">
${contents.length > 2 ? `<details class="contents"><summary>On this page</summary><nav aria-label="On this page"><ul>${contents.map(({ id, level, title }) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(title)}</a></li>`).join("")}</ul></nav></details>` : ""}
<article>
${page.body}</article>
${neighbours(page, outline, url)}
</main>
</div>
</body>
</html>
`;
}

/** @param {Page} page @param {Group[]} outline @param {(address: string) => string} url */
function navigation(page, outline, url) {
  const groups = outline.map(({ title, entries }) => {
    const items = entries.map((entry) => {
      const current = entry.address === page.address ? ' aria-current="page"' : "";
      return `<li><a href="${url(entry.address)}"${current}>${escapeHtml(entry.title)}</a></li>`;
    });
    return `<h2>${escapeHtml(title)}</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
  });
  return `<nav aria-label="Documentation">\n${groups.join("\n")}\n</nav>`;
}

/** @param {Page} page @param {Group[]} outline @param {(address: string) => string} url */
function neighbours(page, outline, url) {
  const order = outline.flatMap(({ entries }) => entries);
  const index = order.findIndex(({ address }) => address === page.address);
  const link = (/** @type {import("./outline.mjs").Entry | undefined} */ entry, /** @type {string} */ label) =>
    entry
      ? `<a class="${label.toLowerCase()}" href="${url(entry.address)}"><span>${label}</span> ${escapeHtml(entry.title)}</a>`
      : "";
  const before = index < 0 ? undefined : order[index - 1];
  return `<nav class="neighbours" aria-label="Neighbouring pages">${link(before, "Previous")}${link(order[index + 1], "Next")}</nav>`;
}
