import { type OpenVault, openVault } from "../open-vault.js";
import { type Id, PROTOCOL, type Start, type ToPage, type ToVault } from "../protocol.js";
import type { RequiredStepUp } from "../ways-in.js";
import { Calls } from "./calls.js";
import { type Failure, fail, viewOf } from "./failure.js";
import { OtherVersion, read, Violation } from "./read.js";

/** The vault's end of the line: a worker's own scope, or any `MessagePort`. */
export interface Line {
  postMessage(message: ToPage, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

/** Serves one page: `start` once, then whatever it asks, in this order. */
export function serve(line: Line): void {
  const tell = (message: ToPage, transfer: Transferable[] = []) => line.postMessage(message, transfer);
  const calls = new Calls(tell);
  let vault: OpenVault | "starting" | undefined;

  const start = async ({ options, owed, cookieUncertain, stepsUp, module }: Start) => {
    vault = "starting";
    const hearing = {
      changed: ({ lastError, ...seen }: Parameters<Parameters<typeof openVault<Failure>>[2]["changed"]>[0]) =>
        tell({ kind: "state", ...seen, lastError: lastError?.view }),
      remember: (note: string | undefined) => tell({ kind: "remember", note }),
      // Only a page can ask its user. It answers by `stepped-up`.
      stepUp: (number: number, required: RequiredStepUp) => tell({ kind: "step-up", number, required }),
      // Only a page can look. It answers by a `wake`.
      checkNote: () => tell({ kind: "check-note" }),
    };
    try {
      vault = await openVault({ options, owed, cookieUncertain, stepsUp }, fail, hearing, module);
      tell({ kind: "ready", protocol: PROTOCOL });
    } catch (error) {
      tell({ kind: "refused", protocol: PROTOCOL, error: viewOf(error) });
    }
  };

  line.addEventListener("message", ({ data }) => {
    try {
      const message = read(data);
      if (message.kind === "start") {
        if (vault) throw new Violation("start");
        void start(message);
      } else if (typeof vault === "object") {
        carryOut(message, vault, calls, tell);
      } else {
        throw new Violation("not started", "id" in message ? message.id : undefined);
      }
    } catch (error) {
      tell(refusal(error));
    }
  });
}

function carryOut(
  message: Exclude<ToVault, Start>,
  { vault, wake, dispose }: OpenVault,
  calls: Calls,
  tell: (message: ToPage) => void,
): void {
  const settle = (id: Id, promise: Promise<unknown>) => {
    promise.then(
      (value) => tell({ kind: "done", id, value }),
      (error) => tell({ kind: "failed", id, error: viewOf(error) }),
    );
  };
  switch (message.kind) {
    case "ask":
      settle(message.id, vault.ask(message.what, message.body, message.segment));
      break;
    case "sign-out":
      settle(message.id, vault.signOut(message.scope));
      break;
    case "fetch":
      void calls.run(vault, message.id, message.call);
      break;
    case "abort":
      calls.abort(message.id);
      break;
    case "more":
      calls.more(message.id, message.bytes);
      break;
    case "stepped-up":
      vault.steppedUp(message.number);
      break;
    case "wake":
      wake(message.what);
      break;
    case "dispose":
      dispose();
  }
}

/** What became of a message that came to nothing. */
function refusal(error: unknown): ToPage {
  if (error instanceof OtherVersion) {
    const detail = `vault-worker.js speaks version ${PROTOCOL} of its protocol, the page another one: reload the page.`;
    return {
      kind: "refused",
      protocol: PROTOCOL,
      error: fail({ code: "vault_unavailable", transient: true, detail }).view,
    };
  }
  if (error instanceof Violation && error.id !== undefined) {
    return { kind: "failed", id: error.id, error: { name: "TypeError", message: error.message } };
  }
  return { kind: "violation", detail: error instanceof Violation ? error.message : "A message could not be read." };
}
