// A command line for the demo's notes, with an API key from the account's settings:
//   LATCHKEY_API_KEY=lk_demo_… npm run notes -- [list | add <text> | remove <id>]
// LATCHKEY_ORIGIN is where the demo runs; default: http://localhost:8787.
import process from "node:process";

const { LATCHKEY_API_KEY: key, LATCHKEY_ORIGIN: origin = "http://localhost:8787" } = process.env;

interface Note {
  readonly id: string;
  readonly text: string;
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(`${origin}${path}`, { method, headers, body: body ? JSON.stringify(body) : null });
  const answer = response.status === 204 ? null : await response.json();
  if (response.ok) return answer;
  const { code, title, detail } = answer as { code: string; title: string; detail?: string };
  throw new Error(`${code}: ${detail ?? title}`);
}

const commands: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  list: async () => {
    const { notes } = (await call("GET", "/api/notes")) as { notes: Note[] };
    for (const { id, text } of notes) console.log(`${id}  ${text}`);
  },
  add: async (text) => {
    const { id } = (await call("POST", "/api/notes", { text })) as Note;
    console.log(id);
  },
  remove: async (id) => {
    await call("DELETE", `/api/notes/${encodeURIComponent(id)}`);
  },
};

const [name = "list", ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
try {
  if (!key) throw new Error("Set LATCHKEY_API_KEY to an API key of your account.");
  if (!command) throw new Error(`There is no command ${name}; there are ${Object.keys(commands).join(", ")}.`);
  await command(rest.join(" "));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
