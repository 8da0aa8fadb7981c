// The files on a disk while a server works on it, and how to search them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The contents of all files under a directory. A file that is deleted meanwhile (a database's log, when it is
 * closed) counts as empty.
 */
export async function storedUnder(dir: string): Promise<Buffer[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map((file) => readFile(file).catch(unlessGone)));
}

/** A text in every form in which it could be written. */
export function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const texts = [text, bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
  texts.push(JSON.stringify(text).slice(1, -1), encodeURIComponent(text));
  return [...new Set(texts)].map((form) => Buffer.from(form.replace(/=+$/, "")));
}

function unlessGone(error: NodeJS.ErrnoException): Buffer {
  if (error.code === "ENOENT") return Buffer.alloc(0);
  throw error;
}
