// One document as a page: its body, its headings, and what the search finds in it.
import { posix } from "node:path";
import MarkdownIt from "markdown-it";
import { relativeUrl } from "./documents.mjs";
import { newMarkdown, withoutComments, wordsOf } from "./markdown.mjs";

/**
 * @typedef {{ id: string, level: number, title: string }} Heading
 * @typedef {{ heading: string, id: string, text: string }} Section A part of a page, for the search.
 * @typedef {{ address: string, title: string, body: string, headings: Heading[], sections: Section[] }} Page
 * @typedef {{ file: string, text: string }} Document `file`: its path from the root, which its links are relative to.
 */

/**
 * @param {import("./highlight.mjs").Highlight} highlight @param {(file: string) => string | undefined} address The
 * address of a document or a picture by its path. @param {ReadonlyMap<string, string>} titles The title of each
 * document by its path. A link whose text is the name of a file
 *   shows the document's title instead.
 * @returns {(document: Document) => Page}
 */
export function newPageMaker(highlight, address, titles) {
  const markdown = newMarkdown();
  const { rules } = markdown.renderer;
  rules.fence = rules.code_block = (tokens, index) => {
    const { content = "", info = "" } = tokens[index] ?? {};
    return `<div class="code">${highlight(content, info.trim())}</div>\n`;
  };
  // A wide table scrolls within itself.
  rules.table_open = () => '<div class="table"><table>\n';
  rules.table_close = () => "</table></div>\n";
  // A heading is a link to itself.
  rules.heading_open = (tokens, index, options, _, self) =>
    self.renderToken(tokens, index, options) +
    (isLinked(tokens[index]) ? `<a class="anchor" href="#${tokens[index]?.attrGet("id")}">` : "");
  rules.heading_close = (tokens, index, options, _, self) =>
    (isLinked(tokens[index]) ? "</a>" : "") + self.renderToken(tokens, index, options);

  return ({ file, text }) => {
    const own = address(file) ?? "";
    const tokens = markdown.parse(withoutComments(text), {});
    // The cell above the names of the rows has no text, so it is the header of nothing.
    for (const [index, { type }] of tokens.entries()) {
      const [open, cell, close] = tokens.slice(index, index + 3);
      if (type === "th_open" && open && close && cell?.content === "") open.tag = close.tag = "td";
    }
    const inline = tokens.flatMap((token) => token.children ?? []);
    for (const [index, child] of inline.entries()) {
      for (const attribute of ["href", "src"]) {
        const target = child.attrGet(attribute);
        if (target === null) continue;
        const text = inline[index + 1];
        const title = titles.get(resolve(file, target).file);
        if (title && text && /^[\w./-]+\.md$/.test(text.content)) Object.assign(text, { type: "text", content: title });
        child.attrSet(attribute, urlOf(target, file, own, address));
      }
    }
    const headings = headingsOf(tokens);
    return {
      address: own,
      title: headings.find(({ level }) => level === 1)?.title ?? file,
      body: markdown.renderer.render(tokens, MarkdownIt().options, {}),
      headings,
      sections: sectionsOf(tokens),
    };
  };
}

/** The title at the top needs no link, and links within a link are not possible. @param {import("markdown-it").Token | undefined} token */
const isLinked = (token) => token?.tag !== "h1";

/** @param {string} target @param {string} file @param {string} own @param {(file: string) => string | undefined} address */
function urlOf(target, file, own, address) {
  if (/^(\w+:|#)/.test(target)) return target;
  const { file: to, anchor } = resolve(file, target);
  const found = address(to);
  // `npm run check` reports such a link; the site is built nevertheless.
  if (found === undefined) return "#";
  return relativeUrl(own, found) + (anchor ? `#${anchor}` : "");
}

/** @param {string} file The document. @param {string} target Of a link in it. */
function resolve(file, target) {
  const [path = "", anchor] = target.split("#");
  return { file: posix.join(posix.dirname(file), path), anchor };
}

/** @param {import("markdown-it").Token[]} tokens @returns {Heading[]} */
function headingsOf(tokens) {
  return tokens.flatMap((token, index) =>
    token.type === "heading_open"
      ? [{ id: token.attrGet("id") ?? "", level: Number(token.tag.slice(1)), title: wordsOf(tokens[index + 1]) }]
      : [],
  );
}

/** @param {import("markdown-it").Token[]} tokens @returns {Section[]} */
function sectionsOf(tokens) {
  /** @type {Section[]} */
  const sections = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open")
      sections.push({ heading: wordsOf(tokens[index + 1]), id: token.attrGet("id") ?? "", text: "" });
    const section = sections.at(-1);
    if (!section || tokens[index - 1]?.type === "heading_open") continue;
    if (token.type === "inline") section.text += `${wordsOf(token)} `;
    if (token.type === "fence") section.text += `${token.content} `;
  }
  return sections;
}
