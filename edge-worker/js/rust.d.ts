// What the build provides: the functions and classes that Rust exports (edge-worker/src/entry.rs,
// edge-worker/src/objects), as wasm-bindgen binds them, and the compiled module.

declare module "#rust" {
  type Plan = import("./plan.ts").Plan;
  type Env = import("./settings.ts").Env;

  /** Creates the first instance. */
  export function initSync(options: { module: WebAssembly.Module }): void;
  /** Replaces the instance by a new one of the same module (wasm-bindgen's `--experimental-reset-state-function`). */
  export function __wbg_reset_state(): void;
  /** Must be called once in each instance: only recovery.ts replaces it. */
  export function disableReset(): void;
  /** Does nothing. It throws if the instance has ended, as every call does. */
  export function touch(): void;

  /** Fills in the plan for a request that may go to its upstream; false if that can't be said yet. */
  export function admit(head: string, now: number, plan: Plan): boolean;
  /** The same, when the signature of the request's token has been checked. */
  export function settle(number: number, genuine: boolean, now: number, plan: Plan): boolean;
  /** Fills in the plan for any request. `number`: the one that `settle` was called with. */
  export function answer(
    request: Request,
    head: string,
    env: Env,
    context: unknown,
    plan: Plan,
    number?: number,
  ): undefined | Promise<undefined>;
  /** Writes each mistake in the configuration to the console. */
  export function reportConfiguration(env: Env): void;
  /** The `Settings` of settings.ts as JSON. */
  export function settings(env: Env): string;
  /** One of `Settings.outbound`: what becomes of a header, by its name in lower case, on its way to an upstream. */
  export function outbound(name: string): number;
  /** A `Cookie` header without those that no upstream may see. */
  export function otherCookies(cookies: string): string | undefined;
  /** `Set-Cookie` values as lines, without those that set one of Latchkey's cookies. */
  export function allowedCookies(cookies: string): string;
  export function unavailable(): Response;
  export function contentRejected(id: string, request: string): Response;
  export function failed(route: number, id: string, code: string, cause: string): Response;

  /** A Durable Object, in the instance in which it was created. */
  class Bound {
    constructor(state: object, env: Env);
    fetch(request: Request): Promise<Response>;
  }
  class BoundWithAlarm extends Bound {
    alarm(): Promise<unknown>;
  }
  export class Account extends BoundWithAlarm {}
  export class Clients extends BoundWithAlarm {}
  export class Devices extends BoundWithAlarm {}
  export class Directory extends Bound {}
  export class Keyring extends BoundWithAlarm {}
  export class Revocations extends BoundWithAlarm {}
  export class Limiter extends BoundWithAlarm {}
  export class Hasher extends Bound {}
}

declare module "cloudflare:workers" {
  /** The bindings, also outside of requests. */
  export const env: Record<string, unknown>;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
