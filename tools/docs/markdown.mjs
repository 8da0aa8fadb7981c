// Markdown as GitHub reads it: the site and the checks of documents use the same parser and the same anchors.
import { slug } from "github-slugger";
import MarkdownIt from "markdown-it";
import anchor from "markdown-it-anchor";

/** @typedef {import("markdown-it").Token} Token */

/** What GitHub does not show either. */
const COMMENT = /^<!--.*?-->$/gms;

/** @returns {MarkdownIt} With ids on headings, as GitHub makes them. HTML in documents is text. */
export function newMarkdown() {
  const markdown = new MarkdownIt({ html: false });
  markdown.use(anchor, { slugify: slug, uniqueSlugStartIndex: 1, tabIndex: false });
  return markdown;
}

const plain = newMarkdown();

/** @param {string} text */
export const withoutComments = (text) => text.replaceAll(COMMENT, (comment) => comment.replaceAll(/[^\n]/g, ""));

/** @param {string} text @returns {Token[]} The document's tokens, those inside paragraphs included. */
export function tokensOf(text) {
  return plain.parse(withoutComments(text), {}).flatMap((token) => [token, ...(token.children ?? [])]);
}

/** @param {string} text @returns {string[]} The ids of the document's headings. */
export const anchorsOf = (text) => tokensOf(text).flatMap((token) => token.attrGet("id") ?? []);

/** @param {string} text @returns {string[]} The targets of the document's links and images. */
export const targetsOf = (text) =>
  tokensOf(text).flatMap((token) => {
    if (token.type === "link_open") return token.attrGet("href") ?? [];
    return token.type === "image" ? (token.attrGet("src") ?? []) : [];
  });

/** @param {Token | undefined} inline @returns {string} The words of a heading or a paragraph. */
export const wordsOf = (inline) =>
  (inline?.children ?? [])
    .map(({ type, content }) => (type === "softbreak" ? " " : ["text", "code_inline"].includes(type) ? content : ""))
    .join("");
