// Records what a build stores, for the migration tests of later builds:
//   node tests/worker/durable/record.ts <its edge-worker directory> <version>
// It writes stored/<version>.json: the tables and rows of every object, with times as seconds from the time
// of recording, and the credentials that its users would present.
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assertCookie } from "../../harness/contract.ts";
import { until } from "../../harness/until.ts";
import { PASSWORD, post } from "../../harness/visitor.ts";
import type { Stored } from "./stored.ts";
import { again, fromOurPage, person, refresh, startDurable } from "./world.ts";

const [edgeWorker = "", version = ""] = process.argv.slice(2);
const world = await startDurable({ edgeWorker, config: { replay_window: 1 } });
const { origin } = world;

const rotated = (cookie: string) =>
  until("it rotates", async () => {
    const { pair } = assertCookie(await refresh(origin, cookie));
    return pair !== cookie && pair;
  });
const signOut = (cookie: string) => post(origin, "/auth/sign-out", undefined, { ...fromOurPage, cookie });

const ada = await person(origin, "ada@example.com");
const second = await rotated(ada.cookie);
const third = await rotated(second);
const young = await again(origin, ada.email);
const ended = await again(origin, ada.email);
await signOut(ended.cookie);
const bob = await person(origin, "bob@example.com");
const undelivered = await again(origin, bob.email);
await world.fault({ on: "call REVOCATIONS", kind: "refused" });
await signOut(undelivered.cookie);
await world.kill();

const now = Math.floor(Date.now() / 1000);
const stored: Stored = {
  password: PASSWORD,
  emails: [ada.email, bob.email],
  cookies: {
    first: ada.cookie,
    second,
    third,
    young: young.cookie,
    ended: ended.cookie,
    bob: bob.cookie,
    undelivered: undelivered.cookie,
  },
  objects: [],
};
const isObject = /^([0-9a-f]{64})\.sqlite$/;
for (const name of (await readdir(join(world.dir, "storage"))).sort())
  for (const file of (await readdir(join(world.dir, "storage", name))).sort()) {
    const id = isObject.exec(file)?.[1];
    if (id) stored.objects.push({ class: name, id, statements: dump(join(world.dir, "storage", name, file)) });
  }
await world.stop();
await writeFile(new URL(`stored/${version}.json`, import.meta.url), `${JSON.stringify(stored, null, 2)}\n`);

/** The platform's own tables are left out, because it creates them if they are missing. */
function dump(path: string): string[] {
  const database = new DatabaseSync(path);
  try {
    const tables = database
      .prepare(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
      )
      .all();
    return tables.flatMap(({ name, sql }) => [
      String(sql),
      ...database
        .prepare(`SELECT * FROM ${name}`)
        .all()
        .map((row) => insert(String(name), Object.values(row))),
    ]);
  } finally {
    database.close();
  }
}

function insert(table: string, values: unknown[]): string {
  return `INSERT INTO ${table} VALUES (${values.map(literal).join(", ")})`;
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? times(String(value)) : `'${times(String(value).replaceAll("'", "''"))}'`;
}

/** Any number within two months of now is taken for a time. */
function times(text: string): string {
  return text.replace(/(?<![\w.-])\d{10}(?![\w-])/g, (time) => {
    const from = Number(time) - now;
    return Math.abs(from) < 60 * 86_400 ? `{now${from < 0 ? "" : "+"}${from}}` : time;
  });
}
