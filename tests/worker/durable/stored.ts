// Storage as an earlier version left it, put on a disk as if it had done so just now.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Stored {
  password: string;
  emails: string[];
  cookies: Record<string, string>;
  objects: { class: string; id: string; statements: string[] }[];
}

/** Puts it into the storage below `dir`, where nothing runs and nothing is yet. */
export async function restore(version: string, dir: string): Promise<Stored> {
  const text = await readFile(new URL(`stored/${version}.json`, import.meta.url), "utf8");
  const now = Math.floor(Date.now() / 1000);
  const stored = JSON.parse(text.replace(/\{now([+-]\d+)\}/g, (_, seconds) => String(now + Number(seconds)))) as Stored;
  for (const { class: name, id, statements } of stored.objects) {
    await mkdir(join(dir, "storage", name), { recursive: true });
    const database = new DatabaseSync(join(dir, "storage", name, `${id}.sqlite`));
    try {
      for (const statement of statements) database.exec(statement);
    } finally {
      database.close();
    }
  }
  return stored;
}

/** What one object has stored, read while nothing runs. */
export function look<T>(dir: string, name: string, id: string, query: string): T[] {
  const database = new DatabaseSync(join(dir, "storage", name, `${id}.sqlite`));
  try {
    return database.prepare(query).all() as T[];
  } finally {
    database.close();
  }
}
