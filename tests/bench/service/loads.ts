// What each load sends, and what must be so for a turn of it to count.
import { setTimeout as pause } from "node:timers/promises";
import { Connections } from "../harness/load.ts";
import { quantile } from "../harness/statistics.ts";
import type { BetterAuth } from "./better-auth/start.ts";
import { type Load, measure, type Server, type Turn, warmUp } from "./measure.ts";
import { admit, gate, plain, refresh, signIn, strict } from "./requests.ts";
import type { Sessions } from "./sessions.ts";

/** How often a turn is begun anew because sessions became old enough to rotate in the midst of it: once in a window of ten minutes. */
const ATTEMPTS = 5;

/** Refreshes that don't rotate. */
export async function refreshYoung(server: Server, sessions: Sessions, count: number): Promise<Turn> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await renew(server, sessions);
    let rotated = 0;
    const turn = await measure(
      server,
      renewal(sessions, count, () => {
        rotated += 1;
      }),
    );
    if (rotated === 0) return turn;
  }
  throw new Error("Sessions rotate again and again that should be too young to.");
}

/** Refreshes that rotate, every one of them. Before they begin, every session's object has been woken. */
export async function refreshRotating(server: Server, sessions: Sessions, most: number): Promise<Turn> {
  await warmUp(server, { count: sessions.count, request: (n) => admit(sessions.cookie(n)) });
  return rotate(server, sessions, Math.min(most, sessions.count));
}

/** Refreshes that rotate, of sessions whose objects sleep on the disk. */
export function refreshAsleep(server: Server, sessions: Sessions | undefined, most: number): Promise<Turn> {
  if (!sessions) throw new Error("All idle users have been woken.");
  return rotate(server, sessions, Math.min(most, sessions.count));
}

async function rotate(server: Server, sessions: Sessions, count: number): Promise<Turn> {
  await pause(sessions.unripeFor);
  let rotated = 0;
  const turn = await measure(
    server,
    renewal(sessions, count, () => {
      rotated += 1;
    }),
  );
  if (rotated !== count) throw new Error(`${rotated} of ${count} sessions rotated.`);
  return turn;
}

/** Gives all sessions a new token. Those that are old enough to rotate do. */
const renew = (server: Server, sessions: Sessions): Promise<void> =>
  warmUp(
    server,
    renewal(sessions, sessions.count, () => undefined),
  );

const renewal = (sessions: Sessions, count: number, rotated: () => void): Load => ({
  count,
  request: (n) => refresh(sessions.cookie(n)),
  answered: (n, _, answer) => {
    if (sessions.take(n, answer)) rotated();
  },
});

/** Requests through the gate. Every token has been seen before. */
export async function pass(server: Server, sessions: Sessions, count: number, route: "gate" | "strict"): Promise<Turn> {
  await prepareToPass(server, sessions, route);
  return measure(server, passing(sessions, count, route));
}

async function prepareToPass(server: Server, sessions: Sessions, route: "gate" | "strict"): Promise<void> {
  await renew(server, sessions);
  await warmUp(server, passing(sessions, sessions.count, route));
}

function passing(sessions: Sessions, count: number, route: "gate" | "strict"): Load {
  const request = { gate, strict }[route];
  return { count, request: (n) => request(sessions.token(n)) };
}

/** Sign-ins by as many at once as may wait for their hash. */
export const signIns = (server: Server, guests: string[], count: number): Promise<Turn> =>
  measure(server, { ...signingIn(guests), count });

const signingIn = (guests: string[]): Omit<Load, "count"> => ({
  request: (n) => signIn(guests[n % guests.length] ?? ""),
  clients: guests.length,
});

export interface Besieged extends Turn {
  /** How many sign-ins there were meanwhile, per second. */
  signInsPerSecond: number;
}

/** The gate, while the queue for password hashes is full. */
export async function passUnderSignIns(
  server: Server,
  sessions: Sessions,
  guests: string[],
  count: number,
): Promise<Besieged> {
  await prepareToPass(server, sessions, "gate");
  const { request } = signingIn(guests);
  const siege = await Connections.open(server.port, guests.length);
  try {
    let over = false;
    let ended = 0;
    const begun = Promise.withResolvers<void>();
    const sending = siege.send(
      Number.POSITIVE_INFINITY,
      (n) => (over ? undefined : request(n)),
      () => {
        ended += 1;
        begun.resolve();
      },
    );
    await Promise.race([begun.promise, sending]);
    const [before, start] = [ended, performance.now()];
    const turn = await measure(server, passing(sessions, count, "gate"));
    const signInsPerSecond = ((ended - before) / (performance.now() - start)) * 1000;
    over = true;
    const { failures } = await sending;
    if (failures > 0) throw new Error(`${failures} sign-ins failed.\n${server.logs().slice(-2000)}`);
    return { ...turn, signInsPerSecond };
  } finally {
    siege.close();
  }
}

/** What an app's users do, in a hundred requests: each opens it now and then, and works with it. Sign-ins are rarer still. */
const MIX = { refresh: 10, strict: 30, gate: 60 } as const;
const SIGN_IN_EVERY = 500;

export const KINDS = ["sign_in", "refresh", "strict", "gate"] as const;
export type Kind = (typeof KINDS)[number];

export interface Mixed extends Turn {
  /** What was sent of each kind, and its latencies in microseconds. */
  kinds: Record<Kind, { requests: number; p50: number; p99: number }>;
}

/** All of it at the same time. */
export async function mix(server: Server, sessions: Sessions, guests: string[], count: number): Promise<Mixed> {
  await prepareToPass(server, sessions, "gate");
  const latencies: Record<Kind, number[]> = { sign_in: [], refresh: [], strict: [], gate: [] };
  const turn = await measure(server, {
    count,
    request: (n) => {
      switch (kindOf(n)) {
        case "sign_in":
          return signIn(guests[n % guests.length] ?? "");
        case "refresh":
          return refresh(sessions.cookie(n));
        case "strict":
          return strict(sessions.token(n));
        case "gate":
          return gate(sessions.token(n));
      }
    },
    answered: (n, microseconds, answer) => {
      const kind = kindOf(n);
      latencies[kind].push(microseconds);
      if (kind === "refresh") sessions.take(n, answer);
    },
  });
  const kinds = Object.fromEntries(
    KINDS.map((kind) => {
      const of = latencies[kind];
      return [kind, { requests: of.length, p50: quantile(of, 0.5), p99: quantile(of, 0.99) }];
    }),
  ) as Mixed["kinds"];
  return { ...turn, kinds };
}

/** Spread evenly: 37 and 100 have no common divisor. */
function kindOf(n: number): Kind {
  if (n % SIGN_IN_EVERY === 0) return "sign_in";
  const at = (n * 37) % 100;
  if (at < MIX.refresh) return "refresh";
  return at < MIX.refresh + MIX.strict ? "strict" : "gate";
}

/** One object per user with one row. */
export async function touchRows(server: Server, users: number, count: number, how: "read" | "write"): Promise<Turn> {
  const request = (n: number) => plain(`/${how}/${n % users}`);
  await warmUp(server, { count: users, request });
  return measure(server, { count, request });
}

/** better-auth's `getSession`. @param renews Whether it must renew every session, or none. */
export async function getSession(server: BetterAuth, count: number, renews: boolean): Promise<Turn> {
  const { cookies } = server;
  const request = (n: number) => plain("/api/auth/get-session", { Cookie: cookies[n % cookies.length] ?? "" });
  await warmUp(server, { count: Math.min(count, cookies.length), request });
  let renewed = 0;
  const turn = await measure(server, {
    count,
    request,
    answered: (_, __, answer) => {
      const text = answer.toString("latin1");
      if (!text.includes('"session":{')) throw new Error(`better-auth knows no session: ${text}`);
      if (/\r\nset-cookie:/i.test(text)) renewed += 1;
    },
  });
  if (renewed !== (renews ? count : 0)) throw new Error(`better-auth renewed ${renewed} of ${count} sessions.`);
  return turn;
}
