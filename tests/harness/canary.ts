// Check 46, first form: searches for secrets everywhere a page, or a script in it, can look. It runs inside
// the page, so it sees what injected code would see. It can't reach closures, or WebAssembly memory without a
// reference to it, which is the purpose of the vault.
import type { Page } from "playwright-core";

export interface Finding {
  where: string;
  at: string;
}

export interface Scan {
  findings: Finding[];
  /** How many objects the walk from `window` visited. */
  visited: number;
  /** Whether the walk stopped at its limit, in which case its result proves nothing. */
  cut: boolean;
}

/** Must be called before the page's first document. Records messages, errors, console lines and URLs. */
export async function record(page: Page): Promise<{ lines: string[] }> {
  const lines: string[] = [];
  const add = (kind: string, text: string) => lines.push(`${kind}: ${text}`);
  page.on("console", (message) => {
    add("console", message.text());
    for (const argument of message.args())
      argument.jsonValue().then(
        (value) => add("console", JSON.stringify(value)),
        () => {},
      );
  });
  page.on("pageerror", (error) => add("error", `${error.name} ${error.message} ${error.stack}`));
  page.on("request", (request) => add("url", `${request.url()} ${request.headers().referer ?? ""}`));
  page.on("framenavigated", (frame) => add("url", frame.url()));
  page.on("dialog", (dialog) => add("dialog", dialog.message()));
  await page.exposeBinding("__canaryRecord", (_, kind: string, text: string) => add(kind, text));
  await page.addInitScript(() => {
    const report = (window as unknown as { __canaryRecord(kind: string, text: string): void }).__canaryRecord;
    const text = (value: unknown): string => {
      try {
        return JSON.stringify(value, (_, inner) =>
          inner instanceof Map
            ? [...inner]
            : inner instanceof Set
              ? [...inner]
              : inner instanceof Error
                ? `${inner.message} ${inner.stack}`
                : ArrayBuffer.isView(inner)
                  ? new TextDecoder().decode(inner as Uint8Array)
                  : inner instanceof ArrayBuffer
                    ? new TextDecoder().decode(inner)
                    : inner,
        );
      } catch (error) {
        return String(error);
      }
    };
    for (const type of [MessagePort, BroadcastChannel, Worker, Window] as unknown as {
      name: string;
      prototype: { postMessage(...args: unknown[]): void };
    }[]) {
      const holder = type.name === "Window" ? (window as unknown as typeof type.prototype) : type.prototype;
      const original = holder.postMessage;
      holder.postMessage = function (this: unknown, ...args: unknown[]) {
        report("message", `${type.name} ${text(args[0])}`);
        return original.apply(this, args);
      };
    }
    // Also record what arrives: add a listener next to the first one of each target.
    const heard = new WeakSet<EventTarget>();
    const { addEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (
      this: EventTarget,
      ...args: Parameters<typeof addEventListener>
    ) {
      const line = this instanceof Worker || this instanceof MessagePort || this instanceof BroadcastChannel;
      if (line && args[0] === "message" && !heard.has(this)) {
        heard.add(this);
        const listen = (event: Event) =>
          report("message", `to ${this.constructor.name} ${text((event as MessageEvent).data)}`);
        addEventListener.call(this, "message", listen);
      }
      return addEventListener.apply(this, args);
    };
    for (const kind of ["message", "storage", "unhandledrejection", "error", "securitypolicyviolation"]) {
      window.addEventListener(kind, (event) => {
        const { data, newValue, reason, error, sample } = event as unknown as Record<string, unknown>;
        report("event", `${kind} ${text([data, newValue, reason, error, sample])}`);
      });
    }
  });
  return { lines };
}

/** Searches the page for any of `needles`. */
export function scan(page: Page, needles: string[]): Promise<Scan> {
  return page.evaluate(async (needles) => {
    const LIMIT = 400_000;
    const findings: { where: string; at: string }[] = [];
    const look = (where: string, at: string, text: unknown): void => {
      if (typeof text === "string" && needles.some((needle) => text.includes(needle))) findings.push({ where, at });
    };
    const bytes = (data: ArrayBuffer | ArrayBufferView) => {
      const view = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      return new TextDecoder("latin1").decode(view);
    };

    // Objects: everything that can be reached from `start` by property, symbol, prototype, getter, entry or
    // index.
    const seen = new WeakSet<object>();
    let visited = 0;
    const walk = (where: string, name: string, start: unknown) => {
      const queue: [string, unknown][] = [[name, start]];
      for (let i = 0; i < queue.length && visited < LIMIT; i += 1) {
        const [path, value] = queue[i] as [string, unknown];
        look(where, path, typeof value === "symbol" ? value.description : value);
        if (
          (typeof value !== "object" && typeof value !== "function") ||
          value === null ||
          value === needles ||
          seen.has(value)
        )
          continue;
        seen.add(value);
        visited += 1;
        try {
          if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
            look(where, `${path} (bytes)`, bytes(value));
            continue;
          }
          if (typeof WebAssembly !== "undefined" && value instanceof WebAssembly.Memory)
            queue.push([`${path}.buffer`, value.buffer]);
          if (
            value instanceof Map ||
            value instanceof Headers ||
            value instanceof FormData ||
            value instanceof URLSearchParams
          )
            for (const [k, v] of value) queue.push([`${path}.key`, k], [`${path}.get(${String(k)})`, v]);
          if (value instanceof Set) for (const v of value) queue.push([`${path}.entry`, v]);
          for (const key of Reflect.ownKeys(value)) {
            look(where, `${path} (a name)`, typeof key === "symbol" ? key.description : key);
            const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
            const at = `${path}.${String(key)}`;
            if (!descriptor) continue;
            if ("value" in descriptor) queue.push([at, descriptor.value]);
            else if (descriptor.get) queue.push([at, Reflect.get(value, key)], [`${at} (getter)`, descriptor.get]);
          }
          queue.push([`${path}.__proto__`, Reflect.getPrototypeOf(value)]);
        } catch {
          // The getter throws, or the object belongs to another origin.
        }
      }
    };
    walk("global", "window", window);

    // The document: markup, and the properties that scripts have set on its nodes (React keeps its whole tree
    // there).
    look("dom", "document", document.documentElement.outerHTML);
    for (const node of document.querySelectorAll("*")) {
      walk("global", `<${node.localName}>`, node);
      if (node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement)
        look("dom", `<${node.localName}>.value`, node.value);
      if (node.shadowRoot) look("dom", "shadow root", node.shadowRoot.innerHTML);
    }
    look("dom", "title", document.title);
    look("url", "location", decodeURIComponent(location.href));
    look("url", "referrer", document.referrer);
    look("url", "history.state", JSON.stringify(history.state));
    look("url", "window.name", window.name);
    look("cookie", "document.cookie", document.cookie);

    for (const [where, storage] of [
      ["localStorage", localStorage],
      ["sessionStorage", sessionStorage],
    ] as const) {
      for (let i = 0; i < storage.length; i += 1) {
        const key = storage.key(i) ?? "";
        look(where, "a key", key);
        look(where, key, storage.getItem(key));
      }
    }

    const finished = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await finished(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        walk("indexedDB", `${name}/${store}`, await finished(objects.getAll()));
        walk("indexedDB", `${name}/${store} keys`, await finished(objects.getAllKeys()));
      }
      database.close();
    }

    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        look("cache", `${name}: address`, request.url);
        walk("cache", `${name}: request headers`, [...request.headers]);
        const response = await cache.match(request);
        walk("cache", `${name}: response headers`, [...(response?.headers ?? [])]);
        look("cache", `${name}: body`, await response?.text());
      }
    }

    look("performance", "entries", JSON.stringify(performance.getEntries()));
    for (const entry of performance.getEntries()) walk("performance", entry.name, (entry as PerformanceMark).detail);
    return { findings, visited, cut: visited >= LIMIT };
  }, needles);
}

/** The parts of a token that must not be found: the whole token, its payload, its signature. */
export const needlesOf = (token: string): string[] => {
  const [, payload = "", signature = ""] = token.split(".");
  return [token, payload, signature];
};
