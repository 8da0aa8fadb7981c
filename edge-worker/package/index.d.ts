/** The bindings and variables of the Worker, as `wrangler types` declares them: `LATCHKEY`, `ACCOUNT`, `DIRECTORY`, … */
export type Env = object;

/** What the platform passes to a Worker with each request. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * The Worker: the token service under `/auth`, and the gate for every other path.
 *
 * A Worker of your own may answer some requests itself and pass on the rest:
 *
 * ```ts
 * import latchkey from "latchkey-worker";
 * export * from "latchkey-worker";
 * export default {
 *   fetch(request, env, ctx) {
 *     if (new URL(request.url).pathname === "/hello") return new Response("hello");
 *     return latchkey.fetch(request, env, ctx);
 *   },
 * };
 * ```
 */
declare const latchkey: {
  /** Never rejects: a fault is answered with 503 and the code `unavailable`. */
  fetch(request: Request, env: Env, context: Context): Promise<Response>;
};
export default latchkey;

/** What all classes of Durable Objects have in common. Only the Worker calls them. */
declare abstract class StoredObject {
  constructor(state: object, env: Env);
  /** By this property the platform's types recognise a Durable Object. */
  readonly __DURABLE_OBJECT_BRAND: never;
  fetch(request: Request): Promise<Response>;
}

/** One user: credentials, sessions, tickets, audit events. Binding `ACCOUNT`. */
export declare class Account extends StoredObject {}
/** The registered OAuth clients. Binding `CLIENTS`; needed only with `[LATCHKEY.oauth]`. */
export declare class Clients extends StoredObject {}
/** The request of one device, by its user code. Binding `DEVICES`; needed only with `[LATCHKEY.oauth]`. */
export declare class Devices extends StoredObject {}
/** Which account an e-mail address or an external id belongs to. Binding `DIRECTORY`. */
export declare class Directory extends StoredObject {}
/** The keys for signing and refreshing. Binding `KEYRING`. */
export declare class Keyring extends StoredObject {}
/** What was revoked and has not expired yet. Binding `REVOCATIONS`. */
export declare class Revocations extends StoredObject {}
/** How often clients and accounts may try. Binding `LIMITER`. */
export declare class Limiter extends StoredObject {}
/** Computes one long password hash, and stores nothing. Binding `HASHER`. */
export declare class Hasher extends StoredObject {}
