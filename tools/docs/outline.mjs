// The order of the documents: the headings and lists of docs/README.md are the navigation's groups and entries.
import { posix } from "node:path";
import { addressOf, INDEX } from "./documents.mjs";
import { newMarkdown, withoutComments, wordsOf } from "./markdown.mjs";

/**
 * @typedef {{ address: string, title: string }} Entry A page: its address below `/docs/`, and its short title.
 * @typedef {{ title: string, entries: Entry[] }} Group
 */

/** @param {string} text The text of docs/README.md. @returns {Group[]} */
export function outlineOf(text) {
  /** @type {Group[]} */
  const groups = [];
  const tokens = newMarkdown().parse(withoutComments(text), {});
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open" && token.tag === "h2")
      groups.push({ title: wordsOf(tokens[index + 1]), entries: [] });
    if (token.type !== "list_item_open") continue;
    // An item is a paragraph that begins with a link to a document.
    const children = tokens[index + 2]?.children ?? [];
    const file = posix.join(posix.dirname(INDEX), children[0]?.attrGet("href") ?? "");
    const address = addressOf(file);
    const title = children[1]?.content;
    if (address !== undefined && title) groups.at(-1)?.entries.push({ address, title });
  }
  return groups;
}
