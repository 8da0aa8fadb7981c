import type { Column } from "./columns.ts";
import type { Credentials, Transport } from "./lab-service.ts";

/** The role with which every lab user begins, and which the calls use. */
const ROLE = "editor";

/**
 * - `accepted`: the handler was called, as a user with the role `editor`.
 * - `rejected`: the gate refused the credential, or the user no longer has the role.
 * - `unavailable`: the gate could not decide, or there was no answer.
 */
export type Outcome = "accepted" | "rejected" | "unavailable";

export interface Call {
  /** When it began, in milliseconds by `performance.now()`. */
  readonly at: number;
  /** How long it took until the answer was read, in milliseconds. */
  readonly ms: number;
  readonly outcome: Outcome;
  /** 0: no answer. */
  readonly status: number;
  /** The objects that the Worker asked for it: binding and id, one for each call. */
  readonly objects: readonly string[];
  /** The length of the header with the credential. */
  readonly bytes: number;
  /** Whether the store was switched off for it. */
  readonly storeIsDown: boolean;
}

/** One call. Never rejects. */
export async function callOnce(
  transport: Transport,
  { path, credential }: Column,
  credentials: Credentials,
  storeIsDown = false,
): Promise<Call> {
  const at = performance.now();
  try {
    const response = await transport.call(path, credential, credentials, storeIsDown);
    const body = (await response.json()) as { roles?: readonly string[] };
    const { status, headers } = response;
    return {
      ...{ at, ms: performance.now() - at, status, storeIsDown },
      outcome: status >= 500 ? "unavailable" : response.ok && body.roles?.includes(ROLE) ? "accepted" : "rejected",
      objects: (headers.get("Lab-Objects") ?? "").split(" ").filter(Boolean),
      bytes: Number(headers.get("Lab-Credential-Bytes")),
    };
  } catch {
    const ms = performance.now() - at;
    return { at, ms, outcome: "unavailable", status: 0, objects: [], bytes: 0, storeIsDown };
  }
}

/** How many calls of a column are kept. A trial of five minutes makes fewer. */
const KEPT = 4000;

/** Calls one column again and again, each call after the one before. */
export class Caller {
  readonly column: Column;
  /** The oldest first. */
  readonly calls: Call[] = [];
  storeIsDown = false;
  /** Milliseconds between the end of a call and the next one. */
  pause = 20;
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #onCall: (call: Call) => void;
  #stop: (() => void) | null = null;
  #stopped: Promise<void> | null = null;

  constructor(transport: Transport, column: Column, credentials: Credentials, onCall: (call: Call) => void = () => {}) {
    this.column = column;
    this.#transport = transport;
    this.#credentials = credentials;
    this.#onCall = onCall;
  }

  get isRunning(): boolean {
    return this.#stopped !== null;
  }

  start(): void {
    this.#stopped ??= this.#run(new Promise((stop) => (this.#stop = () => stop())));
  }

  async stop(): Promise<void> {
    this.#stop?.();
    await this.#stopped;
    this.#stopped = null;
  }

  async #run(stop: Promise<void>): Promise<void> {
    let isOver = false;
    void stop.then(() => {
      isOver = true;
    });
    while (!isOver) {
      const call = await callOnce(this.#transport, this.column, this.#credentials, this.storeIsDown);
      this.calls.push(call);
      if (this.calls.length > KEPT) this.calls.shift();
      this.#onCall(call);
      await Promise.race([stop, new Promise((done) => setTimeout(done, this.pause))]);
    }
  }
}
