// Storage of an earlier version, written to a disk as if that version had just stopped.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Stored {
  password: string;
  emails: string[];
  cookies: Record<string, string>;
  objects: { class: string; id: string; statements: string[] }[];
}

/** Writes it to the empty storage below `dir`, where no server may be running. */
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

/** What one object has stored. No server may be running. */
export function look<T>(dir: string, name: string, id: string, query: string): T[] {
  const database = new DatabaseSync(join(dir, "storage", name, `${id}.sqlite`));
  try {
    return database.prepare(query).all() as T[];
  } finally {
    database.close();
  }
}
