import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";

/** The most notes a user may keep. */
export const MAX_NOTES = 100;

/** A note as it is stored and sent. */
export interface Note {
  readonly id: string;
  readonly text: string;
  /** Seconds since the Unix epoch. */
  readonly created_at: number;
}

/** The notes of one user. */
export class Notes extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS notes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT`);
  }

  /** All notes, the newest first. */
  list(): Note[] {
    return this.#sql.exec<Row>("SELECT id, text, created_at FROM notes ORDER BY number DESC").toArray();
  }

  /** Stores `note`, or gives `false` when there are {@link MAX_NOTES} already. */
  add(note: Note): boolean {
    const { count } = this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM notes").one();
    if (count >= MAX_NOTES) return false;
    this.#sql.exec("INSERT INTO notes (id, text, created_at) VALUES (?, ?, ?)", note.id, note.text, note.created_at);
    return true;
  }

  /** Removes a note. `false`: there is none with this id. */
  remove(id: string): boolean {
    return this.#sql.exec("DELETE FROM notes WHERE id = ? RETURNING id", id).toArray().length > 0;
  }
}

/** A {@link Note}, as the type of a row. */
type Row = { id: string; text: string; created_at: number };
