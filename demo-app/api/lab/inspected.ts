/** The address by which the demo asks an object what it stores. The service asks `https://object/` only. */
const STORED = "https://lab/stored";

/** The address by which the demo asks an object for those of {@link VIEWS} that it has. */
const VIEW = "https://lab/view";

/** Tables of which the lab shows rows: their columns without secrets. */
const VIEWS: Readonly<Record<string, readonly [table: string, query: string]>> = {
  families: [
    "family",
    `SELECT id, generation, created_at, last_used_at, idle_expires_at, expires_at, ended_at, end_reason FROM family
      WHERE delegation IS NULL ORDER BY created_at DESC LIMIT 20`,
  ],
  revocations: ["revocation", "SELECT kind, id, least_epoch, until FROM revocation ORDER BY until DESC LIMIT 500"],
};

/** A table of an object: how many rows it has, and how many bytes their values have. */
export interface StoredTable {
  readonly name: string;
  readonly rows: number;
  /** Text as UTF-8; a number counts as 8. */
  readonly bytes: number;
}

interface Stored {
  fetch(request: Request): Promise<Response>;
}

/** A class of Latchkey's Durable Objects that also tells the demo what it stores. It changes nothing else. */
export function inspected<T extends Stored>(Base: new (state: object, env: object) => T) {
  abstract class Inspected extends (Base as new (state: object, env: object) => Stored) {
    readonly #sql: SqlStorage;

    constructor(state: DurableObjectState, env: object) {
      super(state, env);
      this.#sql = state.storage.sql;
    }

    override fetch(request: Request): Promise<Response> {
      if (request.url === STORED) return Promise.resolve(Response.json(tables(this.#sql)));
      if (request.url === VIEW) return Promise.resolve(Response.json(views(this.#sql)));
      return super.fetch(request);
    }
  }
  return Inspected as unknown as new (
    state: DurableObjectState,
    env: object,
  ) => T;
}

export async function storedBy(stub: { fetch(url: string): Promise<Response> }): Promise<StoredTable[]> {
  return (await stub.fetch(STORED)).json();
}

/** The rows of {@link VIEWS}. */
export async function viewOf<T>(stub: { fetch(url: string): Promise<Response> }): Promise<T> {
  return (await stub.fetch(VIEW)).json();
}

function views(sql: SqlStorage): Record<string, unknown> {
  const names = tables(sql).map(({ name }) => name);
  const own = Object.entries(VIEWS).filter(([, [table]]) => names.includes(table));
  return Object.fromEntries(own.map(([view, [, query]]) => [view, sql.exec(query).toArray()]));
}

function tables(sql: SqlStorage): StoredTable[] {
  const names = sql
    .exec<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' ORDER BY name",
    )
    .toArray()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("sqlite_"));
  return names.map((name) => {
    const rows = sql.exec(`SELECT * FROM "${name}"`).toArray();
    return { name, rows: rows.length, bytes: rows.flatMap((row) => Object.values(row)).reduce(addSize, 0) };
  });
}

function addSize(sum: number, value: SqlStorageValue): number {
  if (value === null) return sum;
  if (typeof value === "number") return sum + 8;
  return sum + (typeof value === "string" ? new TextEncoder().encode(value).length : value.byteLength);
}
