// The classes of the Durable Objects. Each object has a counterpart in Rust, which belongs to one WebAssembly instance.
// After the instance was replaced, the object creates another counterpart from the same storage.
import * as rust from "#rust";
import { instance, revive, whileAlive } from "./recovery.ts";
import type { Env } from "./settings.ts";

interface Counterpart {
  fetch(request: Request): Promise<Response>;
}

interface CounterpartWithAlarm extends Counterpart {
  alarm(): Promise<unknown>;
}

type New<T> = new (state: object, env: Env) => T;

const stored = <T extends Counterpart>(Bound: New<T>) =>
  class {
    readonly #state: object;
    readonly #env: Env;
    #bound: T | undefined;
    /** The number of the instance to which the counterpart belongs. */
    #instance = -1;

    constructor(state: object, env: Env) {
      this.#state = state;
      this.#env = env;
      this.#counterpart();
    }

    fetch(request: Request): Promise<Response> {
      return this.call((bound) => bound.fetch(request));
    }

    /** Rejected with `InstanceEnded` if a panic ends the instance meanwhile: what has been stored until then stays. */
    async call<R>(method: (bound: T) => Promise<R>): Promise<R> {
      try {
        return await whileAlive(method(this.#counterpart()));
      } catch (error) {
        revive();
        throw error;
      }
    }

    #counterpart(): T {
      revive();
      if (this.#bound === undefined || this.#instance !== instance) {
        this.#bound = new Bound(this.#state, this.#env);
        this.#instance = instance;
      }
      return this.#bound;
    }
  };

const withAlarm = <T extends CounterpartWithAlarm>(Bound: New<T>) =>
  class extends stored(Bound) {
    alarm(): Promise<unknown> {
      return this.call((bound) => bound.alarm());
    }
  };

export class Account extends withAlarm(rust.Account) {}
export class Clients extends withAlarm(rust.Clients) {}
export class Devices extends withAlarm(rust.Devices) {}
export class Directory extends stored(rust.Directory) {}
export class Hasher extends stored(rust.Hasher) {}
export class Keyring extends withAlarm(rust.Keyring) {}
export class Limiter extends withAlarm(rust.Limiter) {}
export class Revocations extends withAlarm(rust.Revocations) {}
