// better-auth as its documentation sets it up, in a process of its own: SQLite on disk, plain HTTP, no plugins. It
// signs its users up, says on standard output where it listens and which cookies they have, and answers until it is
// killed.
//   node server.ts <file of the database> <users> <updateAge in seconds>
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { PASSWORD } from "../password.ts";

const [file = "", users = "0", updateAge = "0"] = process.argv.slice(2);

const database = new DatabaseSync(file);
// As workerd opens its own: a log, synced once for each transaction. SQLite's default journal is slower.
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");

const auth = betterAuth({
  database,
  baseURL: "http://localhost:8787",
  secret: "a secret for a measurement, and for nothing else",
  session: { expiresIn: 7 * 86_400, updateAge: Number(updateAge) },
  // Users sign up before the measurement starts, and none of them signs in with a password, so a cheap hash is enough.
  emailAndPassword: { enabled: true, password: { hash: async () => "none", verify: async () => false } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
});
await (await getMigrations(auth.options)).runMigrations();

const cookies: string[] = [];
for (let user = 0; user < Number(users); user++) {
  const body = { email: `user.${user}@example.com`, name: `User ${user}`, password: PASSWORD };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  cookies.push(
    headers
      .getSetCookie()
      .map((cookie) => cookie.slice(0, cookie.indexOf(";")))
      .join("; "),
  );
}

const server = createServer(toNodeHandler(auth));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, cookies })}\n`);
});
