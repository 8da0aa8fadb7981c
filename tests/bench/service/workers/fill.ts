// Stands in front of the Worker while a store is being filled, and no longer. It opens sessions as the Worker does once
// a password has been proved, so that ten thousand of them don't cost ten thousand Argon2id hashes.
interface Namespace {
  get(id: unknown): { fetch(url: string, init: RequestInit): Promise<Response> };
  getByName(name: string): { fetch(url: string, init: RequestInit): Promise<Response> };
  idFromString(id: string): unknown;
}

interface Env {
  ACCOUNT: Namespace;
  KEYRING: Namespace;
  REVOCATIONS: Namespace;
  SERVICE: { fetch(request: Request): Promise<Response> };
}

/** What `/open` is asked for. */
export interface Opening {
  accounts: string[];
  /** How many sessions each of them gets. */
  sessions: number;
}

/** What `/revoke` is asked for: so many entries of the list of revocations, whose ids are numbered from here on. */
export interface Revoking {
  entries: number;
  from: number;
}

/** Entries of one call. */
const BATCH = 1_000;

interface StoredCredentials {
  credentials: { version: unknown }[];
}

interface RefreshKey {
  id: string;
  material: string;
}

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.url.endsWith("/revoke")) return revoke((await request.json()) as Revoking, env);
    if (!request.url.endsWith("/open")) return env.SERVICE.fetch(request);
    const { accounts, sessions } = (await request.json()) as Opening;
    const ring = await env.KEYRING.getByName("keyring").fetch("https://object/", asking({ Ring: { known: null } }));
    const { Ring } = (await ring.json()) as { Ring: { refresh: RefreshKey[] } };
    const keys = Ring.refresh.map(({ id, material }) => ({ id, bytes: material }));
    const asker = {
      ...{ actor: "user", credential: null, request_id: "bench" },
      source: { client_address: "", user_agent: BROWSER },
    };
    const ask = async <Reply>(account: string, call: object): Promise<Reply> => {
      const stub = env.ACCOUNT.get(env.ACCOUNT.idFromString(account));
      return (await stub.fetch("https://object/", asking(call))).json() as Promise<Reply>;
    };
    const open = async (account: string): Promise<string> => {
      const { Credentials } = await ask<{ Credentials: StoredCredentials }>(account, { Credentials: {} });
      const credential_version = Credentials.credentials[0]?.version;
      const proof = {
        account,
        credential_version,
        methods: ["pwd"],
        time: Math.floor(Date.now() / 1000),
        profile: null,
      };
      const call = { OpenSession: { asker, proof, signed_up: false, keys, challenge: "" } };
      const { OpenSession } = await ask<{ OpenSession: { Ok: { cookie: string } } }>(account, call);
      return OpenSession.Ok.cookie.slice(0, OpenSession.Ok.cookie.indexOf(";"));
    };
    const cookies = await Promise.all(
      accounts.map(async (account) => {
        const opened: string[] = [];
        while (opened.length < sessions) opened.push(await open(account));
        return opened;
      }),
    );
    return Response.json(cookies);
  },
};

/** Entries as a sign-out adds them: ids of 22 characters, for an hour. */
async function revoke({ entries, from }: Revoking, { REVOCATIONS }: Env): Promise<Response> {
  const until = Math.floor(Date.now() / 1000) + 3_600;
  const entry = (n: number) => ({
    ...{ issuer: "http://localhost:8787", kind: "session", least_epoch: 0, until },
    id: String(from + n).padStart(22, "x"),
  });
  for (let at = 0; at < entries; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, entries - at) }, (_, n) => entry(at + n));
    const list = REVOCATIONS.getByName("revocations");
    const answer = await list.fetch("https://object/", asking({ Add: { entries: batch } }));
    if (!answer.ok) return answer;
  }
  return new Response();
}

const asking = (call: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(call) });
