// The code blocks of all documents. An HTML comment before a block says what a check needs to know:
//   <!-- given: declare const auth: import("latchkey-auth").AuthClient; -->  code that stands before the block
//   <!-- not checked: reason -->
// Readers see neither.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const tool = new URL("../../tools/docs/documents.mjs", import.meta.url).href;
const { siteDocuments } = (await import(tool)) as { siteDocuments: () => Promise<string[]> };

export interface Block {
  /** `docs/gate.md:12`, the line of the fence. */
  readonly place: string;
  /** The word after the fence; empty if there is none. */
  readonly language: string;
  readonly code: string;
  /** TypeScript that declares what the block uses. */
  readonly given: string;
  /** Why no check reads it. */
  readonly notChecked: string | undefined;
}

const BLOCK = /(?:^ *<!-- (given|not checked): ((?:(?!-->).)+?) -->\n+)?^( *)```(\w*)[^\n]*\n(.*?)^ *```/gms;

/** All blocks of the documents of the site, in order. */
export async function allBlocks(): Promise<Block[]> {
  const files = await siteDocuments();
  return (
    await Promise.all(files.map(async (file) => blocksOf(file, await readFile(join(root, file), "utf8"))))
  ).flat();
}

export function blocksOf(file: string, text: string): Block[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, directive, words = "", indent = "", language = "", code = ""] = match;
    const before = text.slice(0, match.index + whole.indexOf("```"));
    return {
      place: `${file}:${before.split("\n").length}`,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      given: directive === "given" ? words : "",
      notChecked: directive === "not checked" ? words : undefined,
    };
  });
}

/** The code of the blocks under this heading of a document. */
export async function blocksUnder(file: string, heading: string): Promise<string[]> {
  const text = await readFile(join(root, file), "utf8");
  const section = text.split(/^#+ /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  return blocksOf(file, section).map(({ code }) => code);
}
