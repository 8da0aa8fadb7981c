import { ArrivingBody, type BodyReader } from "./arriving-body.js";
import { AuthError } from "./errors.js";
import type { VaultFiles } from "./files.js";
import { type Id, PROTOCOL, type ToPage, type ToVault, WINDOW } from "./protocol.js";
import { describe } from "./request.js";
import { rebuild } from "./response.js";
import { restore } from "./restore.js";
import { trusted } from "./trusted.js";
import type { AuthRequestInit } from "./types.js";
import type { Hearing, Opening, VaultSide } from "./vault-side.js";
import { isLeaving } from "./waking.js";

/** How long the worker and the WebAssembly may take, in seconds: a worker that was stopped does not say so. */
const START_LIMIT = 30;

/**
 * How long a page that is being left waits for its worker, in milliseconds. The worker ends with the page, and a page
 * cannot be told within one event that the worker has sent something. Its first call takes longest, because the engine
 * compiles code only then.
 */
const PARTING_MS = 20;

/** A vault in a worker of its own. Fails with `vault_unavailable` if there can't be one. */
export async function openInWorker(
  opening: Opening,
  hearing: Hearing<AuthError>,
  files: VaultFiles,
): Promise<VaultSide> {
  const violations: SecurityPolicyViolationEvent[] = [];
  const watch = (violation: SecurityPolicyViolationEvent) => violations.push(violation);
  document.addEventListener("securitypolicyviolation", watch);
  let worker: Worker | undefined;
  try {
    // Browsers start workers only from the page's own origin; what comes from another one, a CDN, has to be copied.
    const own = new URL(files.worker).origin === location.origin;
    const href = own ? files.worker : await (await import("./copied-worker.js")).copiedWorker(files.worker);
    worker = new Worker(trusted(href), { type: "module", name: "latchkey" });
    return await connect(worker, opening, hearing, files.wasm);
  } catch (cause) {
    worker?.terminate();
    if (cause instanceof AuthError) throw cause;
    throw await import("./why-not-started.js").then(
      ({ whyNotStarted }) => whyNotStarted(AuthError, files.worker, cause, violations, PROTOCOL),
      () => new AuthError("vault_unavailable", `${files.worker} could not be started.`, { transient: true, cause }),
    );
  } finally {
    document.removeEventListener("securitypolicyviolation", watch);
  }
}

type Answered = Extract<ToPage, { id: Id }>;
type Question<M = Extract<ToVault, { id: Id }>> = M extends unknown ? Omit<M, "id"> : never;

/** The page's end of the line, once the vault has started. Rejects with whatever comes instead. */
function connect(worker: Worker, opening: Opening, hearing: Hearing<AuthError>, module: string): Promise<VaultSide> {
  const waiting = new Map<Id, (answer: Answered) => void>();
  let lastId = 0;
  /** Why there is no vault any more. */
  let gone: (() => AuthError) | undefined;

  const post = (message: ToVault, transfer: Transferable[] = []) => worker.postMessage(message, transfer);

  /** What was sent before the client was disposed of goes on; then the worker is not needed any more. */
  const forget = (id?: Id) => {
    waiting.delete(id as Id);
    if (gone && waiting.size === 0) worker.terminate();
  };

  const abort = (id: Id) => {
    if (waiting.has(id)) post({ kind: "abort", id });
    forget(id);
  };

  /** Of responses that are not referenced any more, and whose bodies haven't been read. */
  const dropped = new FinalizationRegistry(abort);

  const ask = async (question: Question): Promise<unknown> => {
    if (gone) throw gone();
    const id = ++lastId;
    const answer = await new Promise<Answered>((resolve) => {
      waiting.set(id, resolve);
      post({ ...question, id } as ToVault);
    });
    forget(id);
    if (answer.kind === "failed") throw restore(answer.error);
    return (answer as Answered & { kind: "done" }).value;
  };

  const fetch = async (input: RequestInfo | URL, init?: AuthRequestInit): Promise<Response> => {
    const { call, signal, body } = describe(input, init);
    if (body) call.body = await body;
    signal.throwIfAborted();
    if (gone) throw gone();
    const transfer = body || call.body instanceof ReadableStream ? [call.body as ArrayBuffer | ReadableStream] : [];
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const arriving = new ArrivingBody();
      const over = () => {
        signal.removeEventListener("abort", giveUp);
        forget(id);
      };
      const fail = (error: unknown) => {
        over();
        arriving.end({ error });
        reject(error);
      };
      const giveUp = () => {
        abort(id);
        fail(signal.reason);
      };
      waiting.set(id, (message) => {
        switch (message.kind) {
          case "progress":
            init?.onUploadProgress?.({ loaded: message.loaded, total: message.total });
            break;
          case "chunk":
            arriving.push(message.bytes);
            break;
          case "failed":
            fail(restore(message.error));
            break;
          case "end":
            over();
            arriving.end({});
            break;
          case "response": {
            let stream: ReadableStream | null = null;
            if (message.answer.body) {
              let unread = 0;
              const reader: BodyReader = {
                read(bytes) {
                  unread += bytes;
                  // While half of it is still under way, so that the vault never waits for a page that reads on.
                  if (unread < WINDOW / 2 || !waiting.has(id)) return;
                  post({ kind: "more", id, bytes: unread });
                  unread = 0;
                },
                cancel() {
                  abort(id);
                  over();
                },
              };
              stream = arriving.stream(reader);
              dropped.register(reader, id);
            } else over();
            resolve(rebuild(message.answer, stream));
          }
        }
      });
      signal.addEventListener("abort", giveUp);
      try {
        post({ kind: "fetch", id, call }, transfer);
        if (call.keepalive && isLeaving) for (const end = performance.now() + PARTING_MS; performance.now() < end; );
      } catch (cause) {
        fail(new TypeError("This body can't be sent.", { cause }));
      }
    });
  };

  const vault: VaultSide = {
    ask: (what, body, segment) => ask({ kind: "ask", what, body, segment }) as Promise<never>,
    signOut: (scope) => ask({ kind: "sign-out", scope }) as Promise<never>,
    fetch,
    wake: (what) => post({ kind: "wake", what }),
    dispose() {
      post({ kind: "dispose" });
      gone ??= () => new AuthError("disposed", "The client has been disposed of.");
      forget();
    },
  };

  // Counted second by second, because a frozen page runs neither timers nor its worker, and an overdue timer runs
  // first.
  let left = START_LIMIT;
  let counting = 0;
  return new Promise<VaultSide>((resolve, reject) => {
    counting = setInterval(() => --left || reject(), 1000);
    worker.addEventListener("message", ({ data: message }: MessageEvent<ToPage>) => {
      switch (message.kind) {
        case "ready":
          if (message.protocol === PROTOCOL) resolve(vault);
          else reject(message);
          break;
        case "refused":
          reject(restore(message.error));
          break;
        case "state":
          hearing.changed({ ...message, lastError: message.lastError && (restore(message.lastError) as AuthError) });
          break;
        case "remember":
          hearing.remember(message.note);
          break;
        case "step-up":
          hearing.stepUp?.(message.number, message.required, () =>
            post({ kind: "stepped-up", number: message.number }),
          );
          break;
        case "check-note":
          hearing.checkNote(() => vault.wake("noted"));
          break;
        case "violation":
          reportError(new Error(message.detail));
          break;
        default:
          waiting.get(message.id)?.(message);
      }
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(event);
      // If it had started, nothing that waits for it will be answered any more.
      const message = `The vault has failed: ${event.message}`;
      gone ??= () => new AuthError("vault_unavailable", message);
      for (const [id, answer] of [...waiting]) {
        answer({ kind: "failed", id, error: { code: "vault_unavailable", transient: false, message } });
      }
    });
    post({ kind: "start", protocol: PROTOCOL, module, ...opening });
  }).finally(() => clearInterval(counting));
}
