import { initOf } from "../call-init.js";
import type { Vault } from "../generated/vault.js";
import { type Call, type Id, type ToPage, WINDOW } from "../protocol.js";
import { viewOf } from "./failure.js";

/** More at once than any page has use for. */
const MAX_OPEN = 10_000;

/** Statuses whose answers have no body, whatever an engine makes of it (Fetch, "null body status"). */
const BODYLESS = [101, 103, 204, 205, 304];

interface Open {
  controller: AbortController;
  /** Bytes that were sent to the page and haven't been read there. */
  underWay: number;
  /** Lets the body go on. */
  goOn: (() => void) | undefined;
}

/** The calls that are under way: from `fetch` to the last of its body. */
export class Calls {
  readonly #open = new Map<Id, Open>();
  readonly #tell: (message: ToPage, transfer?: Transferable[]) => void;

  constructor(tell: (message: ToPage, transfer?: Transferable[]) => void) {
    this.#tell = tell;
  }

  /** Sends it, and its answer to the page. */
  async run(vault: Vault, id: Id, call: Call): Promise<void> {
    if (this.#open.has(id) || this.#open.size >= MAX_OPEN) {
      const message = this.#open.has(id) ? "There is a call with this number already." : "Too many calls at once.";
      // Under a number that is taken, it would end the other call.
      if (!this.#open.has(id)) this.#tell({ kind: "failed", id, error: { name: "TypeError", message } });
      else this.#tell({ kind: "violation", detail: message });
      return;
    }
    const open: Open = { controller: new AbortController(), underWay: 0, goOn: undefined };
    const { signal } = open.controller;
    this.#open.set(id, open);
    try {
      const report = (loaded: number, total: number) => {
        if (!signal.aborted) this.#tell({ kind: "progress", id, loaded, total });
      };
      const response: Response = await vault.fetch(call.url, initOf(call, signal), call.progress ? report : undefined);
      const body = BODYLESS.includes(response.status) ? null : response.body;
      this.#tell({ kind: "response", id, answer: headOf(response, body !== null) });
      if (body) await this.#send(id, body, open);
    } catch (error) {
      if (!signal.aborted) this.#tell({ kind: "failed", id, error: viewOf(error) });
    } finally {
      this.#open.delete(id);
    }
  }

  /** Nothing more will be said of it. */
  abort(id: Id): void {
    const open = this.#open.get(id);
    open?.controller.abort();
    open?.goOn?.();
  }

  more(id: Id, bytes: number): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.underWay = Math.max(0, open.underWay - bytes);
    open.goOn?.();
  }

  /** The body, part by part, no faster than it is read. The parts change hands; nothing is copied. */
  async #send(id: Id, body: ReadableStream<Uint8Array<ArrayBuffer>>, open: Open): Promise<void> {
    const { signal } = open.controller;
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) return this.#tell({ kind: "end", id });
      if (value.byteLength === 0) continue;
      // A part of a larger buffer would take the rest along.
      const bytes = value.byteLength === value.buffer.byteLength ? value : value.slice();
      open.underWay += bytes.byteLength;
      this.#tell({ kind: "chunk", id, bytes }, [bytes.buffer]);
      while (open.underWay >= WINDOW && !signal.aborted) {
        await new Promise<void>((goOn) => {
          open.goOn = goOn;
        });
      }
    }
  }
}

function headOf({ status, statusText, headers, url, redirected, type }: Response, body: boolean) {
  return { status, statusText, headers: [...headers], url, redirected, type, body };
}
