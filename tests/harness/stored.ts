// The files on a disk while a server works on it.
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

function unlessGone(error: NodeJS.ErrnoException): Buffer {
  if (error.code === "ENOENT") return Buffer.alloc(0);
  throw error;
}
