// What no service that keeps its state in Durable Objects can be faster than: one object per user with one row, which
// is read, or written.
interface Sql {
  exec(statement: string, ...values: unknown[]): { one(): Record<string, unknown> };
}

interface State {
  storage: { sql: Sql };
}

interface Env {
  ROW: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

export class Row {
  readonly #sql: Sql;

  constructor({ storage: { sql } }: State) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, generation INTEGER, made_at INTEGER)");
    sql.exec("INSERT OR IGNORE INTO session VALUES (1, 1, 0)");
  }

  fetch({ url }: Request): Response {
    const row = url.includes("/write/")
      ? this.#sql.exec("UPDATE session SET generation = generation + 1, made_at = ? RETURNING *", Date.now()).one()
      : this.#sql.exec("SELECT * FROM session").one();
    return Response.json(row);
  }
}

export default {
  fetch: (request: Request, env: Env): Promise<Response> =>
    env.ROW.getByName(request.url.slice(request.url.lastIndexOf("/") + 1)).fetch(request),
};
