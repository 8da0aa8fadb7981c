/** How requests are sent: by a page, or by a program in a terminal. */
export interface Transport {
  /** A request to `/lab/control/…` as the signed-in visitor. `keepalive`: it outlives the page, which is being left. */
  control(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    options?: { readonly keepalive: boolean },
  ): Promise<Response>;
  /** A call with a credential of the lab's user. */
  call(path: string, credential: "cookie" | "token", credentials: Credentials, storeIsDown: boolean): Promise<Response>;
}

/** One session of a throw-away user: its access token, and its cookie, which a page can't read. */
export interface Credentials {
  readonly user: string;
  readonly token: string;
  /** The token's lifetime, in seconds. */
  readonly tokenLife: number;
  /** When the token was there, by `performance.now()`: it expires `tokenLife` after that at the latest. */
  readonly issuedAt: number;
  /** `name=value`, where the cookie can be read: not in a page. */
  readonly cookie: string | undefined;
}

export const ACTIONS = ["sign-out", "ban", "role", "password", "key"] as const;
export type Action = (typeof ACTIONS)[number];

/** What each action is, for users and in the table. */
export const ACTION_TITLES: Readonly<Record<Action, string>> = {
  "sign-out": "Sign out elsewhere",
  ban: "Ban",
  role: "Change role",
  password: "Change password",
  key: "Retire the signing key",
};

export interface Done {
  readonly request: string;
  readonly status: number;
}

export interface StoredTable {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface Stored {
  readonly account: readonly StoredTable[];
  readonly revocations: readonly StoredTable[];
}

export interface Probe {
  readonly name: string;
  readonly sent: string;
  readonly status: number;
  readonly code: string;
}

/** The lab's API could not do what it was asked. */
export class LabFailed extends Error {
  constructor(what: string, status: number, detail: string) {
    super(`${what} was answered with ${status}. ${detail}`);
    this.name = "LabFailed";
  }
}

/** Opens a session of a new throw-away user. */
export async function newCredentials({ control }: Transport): Promise<Credentials> {
  const response = await control("POST", "users");
  const issuedAt = performance.now();
  const { id, access_token, expires_in } = await read<{ id: string; access_token: string; expires_in: number }>(
    "A new user",
    response,
  );
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  return { user: id, token: access_token, tokenLife: expires_in, issuedAt, cookie };
}

export const act = async ({ control }: Transport, { user }: Credentials, action: Action): Promise<Done> =>
  read(ACTION_TITLES[action], await control("POST", `users/${user}/${action}`));

export const stored = async ({ control }: Transport, { user }: Credentials): Promise<Stored> =>
  read("What is stored", await control("GET", `users/${user}/stored`));

export const probes = async ({ control }: Transport): Promise<readonly Probe[]> =>
  (await read<{ probes: Probe[] }>("The probes", await control("POST", "probes"))).probes;

/** Deletes a user that is not needed any more. If that fails, the lab's API deletes the user later (api/lab/users.ts). */
export async function discard(
  { control }: Transport,
  { user }: Pick<Credentials, "user">,
  options = { keepalive: false },
): Promise<void> {
  const response = await control("DELETE", `users/${user}`, undefined, options).catch(() => null);
  await response?.body?.cancel();
}

/** The answer of the lab's API, if it is a success. @throws LabFailed */
export async function read<T>(what: string, response: Response): Promise<T> {
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
    throw new LabFailed(what, response.status, problem.detail ?? problem.title ?? "");
  }
  return (await response.json()) as T;
}
