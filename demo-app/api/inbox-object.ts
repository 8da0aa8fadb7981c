import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";

/** How many mails are kept. One more removes the oldest. */
export const MAX_MAILS = 200;

/** A mail as `GET /mailbox/messages` gives it. */
export interface ReceivedMail {
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly code?: string;
  readonly link?: string;
  /** Seconds since the Unix epoch. */
  readonly at: number;
}

/** All mails that the demo has sent. */
export class Inbox extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS mails (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        recipient TEXT NOT NULL,
        mail TEXT NOT NULL
      ) STRICT`);
  }

  /** Keeps a mail. One that arrives again, with the same id, is kept once. */
  receive(id: string, mail: ReceivedMail): void {
    const insert = "INSERT INTO mails (id, recipient, mail) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    this.#sql.exec(insert, id, mail.to, JSON.stringify(mail));
    this.#sql.exec("DELETE FROM mails WHERE number <= (SELECT max(number) FROM mails) - ?", MAX_MAILS);
  }

  /** The mails to an address, or all of them; the newest first. */
  list(to: string | null): ReceivedMail[] {
    const query = "SELECT mail FROM mails WHERE ?1 IS NULL OR recipient = ?1 ORDER BY number DESC";
    const rows = this.#sql.exec<{ mail: string }>(query, to).toArray();
    return rows.map(({ mail }) => JSON.parse(mail));
  }
}
