import { startingClient } from "../../auth/client.ts";

/** An access token: the second part has the claims. */
const TOKEN = /eyJ[\w-]{10,}\.([\w-]{20,})\.[\w-]{20,}/g;
/** A value of the refresh cookie: the second part is the account's id. */
const COOKIE = /\b1\.([0-9a-f]{64})\.[\w-]{22}\.\d+\.[\w-]{43}/g;

/** Properties of the window that have nothing of the page, and of which browsers complain. */
const UNREAD = new Set(["fence"]);

/** How deep properties are followed. */
const DEPTH = 4;
/** How many objects are looked at in one place. */
const MAX_OBJECTS = 20_000;

/** The window of a page of this origin, with its globals. */
export type Realm = Window & typeof globalThis;

/** In how many places a user's credentials were looked for and found. */
export interface Reach {
  readonly places: number;
  readonly found: number;
}

/**
 * Looks for a user's credentials everywhere that script of this page can read without calling the service: as script
 * that an attacker has injected would. Those of other users are not counted; the tokens of the lab's throw-away users are in
 * this page on purpose.
 */
export async function lookForCredentials(user: string): Promise<Reach> {
  const { places, found } = await searchFor(user, window);
  return { places, found };
}

/** Looks in the same places of another page of this origin, and also returns the credentials that it has found. */
export async function searchFor(
  user: string,
  realm: Realm,
): Promise<Reach & { readonly credentials: ReadonlySet<string> }> {
  const search = new Search(user, realm);
  const places = placesOf(realm);
  let found = 0;
  for (const place of places) if (search.finds(await place())) found += 1;
  return { places: places.length, found, credentials: search.credentials };
}

function placesOf(realm: Realm): readonly (() => unknown)[] {
  return [
    () => realm.document.cookie,
    () => ({ ...realm.localStorage }),
    () => ({ ...realm.sessionStorage }),
    () => realm.location.href,
    () => realm.history.state,
    () => realm.name,
    () => realm.document.documentElement.outerHTML,
    () => realm.performance.getEntries().map(({ name }) => name),
    async () => (await realm.indexedDB.databases()).map(({ name }) => name),
    () => cachedUrls(realm),
    // What pages and scripts define is enumerable; the platform's interfaces are not.
    () => Object.keys(realm).map((name) => (UNREAD.has(name) ? undefined : own(realm, name))),
    ...(realm === window ? [() => startingClient] : []),
  ];
}

async function cachedUrls({ caches }: Realm): Promise<string[]> {
  const urls: string[] = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) urls.push(url);
  }
  return urls;
}

/** The search for one user's credentials in one page. */
class Search {
  readonly credentials = new Set<string>();
  readonly #user: string;
  /** The page's own window, which has all its places, and the page around it. */
  readonly #windows: ReadonlySet<unknown>;

  constructor(user: string, realm: Realm) {
    this.#user = user;
    this.#windows = new Set<unknown>([realm, realm.parent, realm.top]);
  }

  /** Whether a credential is in a value or in what it refers to. */
  finds(value: unknown, depth = DEPTH, seen = new Set<unknown>()): boolean {
    if (typeof value === "string") return this.#findsIn(value);
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
    if (depth === 0 || seen.has(value) || seen.size > MAX_OBJECTS || this.#windows.has(value)) return false;
    seen.add(value);
    return Reflect.ownKeys(value).some((key) => this.finds(own(value, key), depth - 1, seen));
  }

  #findsIn(text: string): boolean {
    const found = [
      ...[...text.matchAll(TOKEN)].filter(([, claims = ""]) => subjectOf(claims) === this.#user),
      ...[...text.matchAll(COOKIE)].filter(([, account]) => account === this.#user),
    ];
    // `RegExp.lastMatch` would keep what was found.
    /^/.test("");
    for (const [credential] of found) this.credentials.add(credential);
    return found.length > 0;
  }
}

function subjectOf(claims: string): unknown {
  try {
    return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return undefined;
  }
}

function own(value: object, key: PropertyKey): unknown {
  try {
    const found: unknown = Reflect.get(value, key);
    // A getter of a prototype may answer with a rejected promise, in a frame with one of the frame's own kind.
    if (Object.prototype.toString.call(found) === "[object Promise]") (found as Promise<unknown>).catch(() => {});
    return found;
  } catch {
    // A getter that does not work here.
    return undefined;
  }
}
