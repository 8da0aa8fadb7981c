// Stores of several sizes. Accounts are moved in by the admin API, as a deployer would do it; sessions are opened by
// the Worker that stands in front meanwhile.
import { randomBytes } from "node:crypto";
import { Connections } from "../harness/load.ts";
import type { RunningWorkerd } from "../harness/workerd.ts";
import { passwordHash } from "./password.ts";
import { importUser } from "./requests.ts";
import { OPERATOR, startFilling } from "./service.ts";
import { Sessions } from "./sessions.ts";
import type { Opening } from "./workers/fill.ts";

/** The most sessions that an account may have by default. */
export const MOST_SESSIONS = 100;

/** In every store so many accounts have as many sessions as they may. What grows is what stands beside them. */
export const ACTIVE = 10;

/** As many as may wait for their hash by default. */
export const GUESTS = 16;

/** How many accounts are asked to open sessions at a time. */
const BATCH = 20;

/** Which accounts get how many sessions, in the order of the accounts. */
export type Plan<Group extends string> = Record<Group, { accounts: number; sessions: number }>;

export interface Store<Group extends string> {
  groups: Record<Group, Sessions>;
  /** Addresses of users without a session, who sign in. */
  guests: string[];
}

/** Fills the store in `dir`. */
export async function fill<Group extends string>(
  dir: string,
  edgeWorker: string,
  plan: Plan<Group>,
): Promise<Store<Group>> {
  const server = await startFilling(dir, edgeWorker);
  try {
    const hash = passwordHash();
    const entries = Object.entries(plan) as [Group, Plan<Group>[Group]][];
    const wanted = entries.reduce((sum, [, { accounts }]) => sum + accounts, 0);
    const users = await moveIn(server, wanted + GUESTS, hash);
    const guests = users.splice(0, GUESTS).map(({ email }) => email);
    const groups: Partial<Record<Group, Sessions>> = {};
    for (const [group, { accounts, sessions }] of entries) {
      const ids = users.splice(0, accounts).map(({ id }) => id);
      groups[group] = new Sessions(await open(server, { accounts: ids, sessions }));
    }
    return { groups: groups as Record<Group, Sessions>, guests };
  } catch (error) {
    throw new Error(`A store could not be filled.\n${server.logs().slice(-2000)}`, { cause: error });
  } finally {
    await server.stop();
  }
}

interface User {
  id: string;
  email: string;
}

async function moveIn(server: RunningWorkerd, count: number, hash: string): Promise<User[]> {
  const emails = Array.from({ length: count }, () => `user.${randomBytes(6).toString("hex")}@example.com`);
  const users: User[] = [];
  const connections = await Connections.open(server.port);
  try {
    await connections.send(
      count,
      (n) => importUser(OPERATOR.secret, emails[n] ?? "", hash),
      (n, _, answer) => {
        const id = /"id":"([0-9a-f]{64})"/.exec(answer.toString("latin1"))?.[1];
        if (id === undefined) throw new Error(`A user could not be moved in: ${answer}`);
        users.push({ id, email: emails[n] ?? "" });
      },
    );
  } finally {
    connections.close();
  }
  return users;
}

/** The cookies, one account's after the other's. */
async function open(server: RunningWorkerd, { accounts, ...opening }: Opening): Promise<string[]> {
  const cookies: string[] = [];
  for (let at = 0; at < accounts.length; at += BATCH) {
    const body = JSON.stringify({ ...opening, accounts: accounts.slice(at, at + BATCH) } satisfies Opening);
    const answer = await fetch(`${server.origin}/open`, { method: "POST", body });
    if (!answer.ok) throw new Error(`Sessions could not be opened: ${await answer.text()}`);
    cookies.push(...((await answer.json()) as string[][]).flat());
  }
  return cookies;
}
