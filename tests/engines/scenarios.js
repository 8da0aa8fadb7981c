// What happens in the page. Each scenario does something with the vault and gives what it saw as JSON; what it ought to have
// seen stands in suite.ts. `latchkey` is the package, `api` a path below which the test answers.

/** Everything the policy has refused since the page was loaded. */
const refused = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  refused.push(`${effectiveDirective}: ${blockedURI}`),
);

let auth;
/** When each status came, by this machine's clock, in milliseconds. */
const history = [];
/** A plain message that a tab sends when it signs out, and when this tab heard it: how busy the machine is delays both. */
const plain = new BroadcastChannel("test-plain-message");
let heard = null;
plain.onmessage = () => {
  heard ??= Date.now();
};

const settled = async () => {
  while (auth.status === "loading") await new Promise((done) => setTimeout(done, 10));
  return auth.status;
};

const bytesOf = (size) => {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
};

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const digest = async (data) => hex(await crypto.subtle.digest("SHA-256", data));

/** Name and code or message of what was thrown, or what came instead. */
const outcome = (work) =>
  work.then(
    (value) => ({ value: String(value) }),
    ({ name, code, message }) => ({ name, ...(typeof code === "string" ? { code } : {}), message }),
  );

window.scenarios = {
  /** A client, once it knows whether somebody is signed in. */
  async start(options) {
    auth?.dispose();
    history.length = 0;
    auth = await latchkey.createClient({ service: location.origin, ...options });
    auth.subscribe(() => history.push([auth.status, Date.now()]));
    return settled();
  },
  async status() {
    return { status: auth.status, email: auth.session?.user.email ?? null, history, heard };
  },
  async signUp(email, password) {
    return (await auth.signUp({ email, password })).user.email;
  },
  async signOut() {
    plain.postMessage(null);
    await auth.signOut();
  },
  /** Leaves for another page, after this has returned. */
  async leave(url) {
    setTimeout(() => location.assign(url));
  },
  async refused() {
    return refused;
  },
  /** A sign-up, a sign-in, a second registration with the same authenticator, and the removal of the last one. */
  async passkeys() {
    const { user } = await auth.passkeys.signUp({ name: "First" });
    const again = await outcome(auth.passkeys.add());
    await auth.signOut();
    const { status, session } = await auth.passkeys.signIn();
    const list = await auth.passkeys.list();
    const last = await outcome(auth.passkeys.remove(list[0].id));
    // The next suite of this browser begins without a session.
    await auth.signOut();
    return {
      ...{ status, again: again.name, last: last.code, methods: session.methods, same: session.user.id === user.id },
      ...{ email: user.email, names: list.map(({ name }) => name) },
    };
  },
  /** What a page finds out about the engine. */
  async passkeySupport() {
    return [await auth.passkeys.isSupported(), await auth.passkeys.isSupported({ conditional: true })];
  },
  async signInWithPasskey() {
    return outcome(auth.passkeys.signIn());
  },
  /** All behaviours of tests/sdk/behaviours.ts, against the fake service in this page. */
  async contractByFake(module) {
    const { BEHAVIOURS, fakeSubject } = await import(module);
    const work = Object.entries(BEHAVIOURS).map(([name, behaviour]) =>
      behaviour(fakeSubject(location.origin)).then(
        () => null,
        (error) => `${name}: ${error.message}`,
      ),
    );
    const failed = (await Promise.all(work)).filter(Boolean);
    return { passed: work.length - failed.length, failed };
  },

  /** A small call, and all of its answer that a page may see. */
  async get(url, init) {
    const response = await auth.fetch(url, init);
    const { status, statusText, ok, redirected, type } = response;
    return {
      ...{ status, statusText, ok, redirected, type, url: response.url },
      ...{ headers: Object.fromEntries(response.headers), text: await response.text() },
      instance: response instanceof Response,
    };
  },
  async tells(url, init) {
    return outcome(auth.fetch(url, init).then(({ status }) => status));
  },
  async empty(url, method) {
    const response = await auth.fetch(url, { method });
    return { status: response.status, text: await response.text() };
  },

  async cookie(name) {
    const seen = document.cookie;
    const attempts = [];
    for (const attributes of ["; Path=/; Secure", "; Path=/; Secure; SameSite=Strict", "; Path=/; Max-Age=0; Secure"]) {
      // biome-ignore lint/suspicious/noDocumentCookie: that is the question
      document.cookie = `${name}=planted${attributes}`;
      attempts.push(document.cookie);
    }
    return { seen, attempts };
  },

  /** Reads what a first part of the body says before it lets the server send the second one. */
  async streamDown(url, go) {
    const response = await auth.fetch(url);
    const reader = response.body.getReader();
    const { value } = await reader.read();
    const first = new TextDecoder().decode(value);
    const answer = await auth.fetch(go, { method: "POST" });
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest += new TextDecoder().decode(value);
    }
    return { first, go: answer.status, rest };
  },
  async download(url) {
    const data = await (await auth.fetch(url)).arrayBuffer();
    return { bytes: data.byteLength, digest: await digest(data) };
  },
  /** Stops reading after the first part. */
  async cancelDown(url) {
    const reader = (await auth.fetch(url)).body.getReader();
    await reader.read();
    await reader.cancel();
    return true;
  },

  /** Bodies of every kind: what the server says arrived, beside what was sent. */
  async upload(url, kind, size) {
    const bytes = bytesOf(size);
    const send = async (body, headers) => {
      const response = await auth.fetch(url, { method: "POST", body, ...(headers ? { headers } : {}) });
      return { ...(await response.json()), sent: await digest(bytes) };
    };
    if (kind === "blob") return send(new Blob([bytes], { type: "image/x-test" }));
    if (kind === "buffer") return send(bytes.buffer);
    if (kind === "view") return send(bytes.subarray(0));
    if (kind === "text") return send(new TextDecoder("latin1").decode(bytes.map((byte) => 97 + (byte % 26))));
    if (kind === "params") return send(new URLSearchParams({ a: "1 & 2", b: "ü" }));
    const form = new FormData();
    form.set("name", "ü & more");
    form.set("file", new File([bytes], "data.bin", { type: "application/x-test" }));
    return send(form);
  },
  async progress(url, size) {
    const reports = [];
    const body = new Blob([bytesOf(size)], { type: "image/x-test" });
    const onUploadProgress = ({ loaded, total }) => reports.push([loaded, total]);
    const response = await auth.fetch(url, { method: "POST", body, onUploadProgress });
    return { answer: await response.json(), reports };
  },
  async request(url) {
    const request = new Request(url, { method: "PUT", headers: { "X-One": "1" }, body: new Blob(["from a Request"]) });
    return (await auth.fetch(request)).json();
  },
  /** A `Request` with a body, to an API that refuses the first token it sees. */
  async requestTwice(url) {
    await auth.fetch(`${url}/reset`);
    return (await auth.fetch(new Request(url, { method: "POST", body: "sent twice" }))).json();
  },
  /** What a stream as a body comes to; `bare`: by fetch itself. */
  async streamUp(url, bare) {
    const body = new Blob([bytesOf(100_000)]).stream();
    const send = bare ? fetch : auth.fetch;
    return outcome(
      send(url, { method: "POST", body, duplex: "half" }).then(async (response) => (await response.json()).bytes),
    );
  },

  async abort(url) {
    const before = AbortSignal.abort();
    const early = await outcome(auth.fetch(url, { signal: before }));
    const stop = new AbortController();
    const call = outcome(auth.fetch(url, { signal: stop.signal }));
    while (!(await (await fetch(`${url}/seen`)).json())) await new Promise((done) => setTimeout(done, 20));
    stop.abort();
    const reason = new AbortController();
    const other = outcome(auth.fetch(url, { signal: reason.signal }));
    reason.abort(new RangeError("mine"));
    return { early, late: await call, reason: await other };
  },
  async concurrently(url, count) {
    const all = await Promise.all(Array.from({ length: count }, () => auth.fetch(url)));
    return [...new Set(all.map(({ status }) => status))];
  },

  /** What of all that the vault can use is there. */
  async abilities() {
    const can = (attempt) => {
      try {
        attempt();
        return true;
      } catch {
        return false;
      }
    };
    const stream = () => new ReadableStream();
    return {
      "transferable stream": can(() => {
        const given = stream();
        structuredClone(given, { transfer: [given] });
      }),
      "Trusted Types": typeof trustedTypes !== "undefined",
      "upload streams": can(() => {
        let asked = false;
        const request = new Request(location.origin, {
          method: "POST",
          body: stream(),
          get duplex() {
            asked = true;
            return "half";
          },
        });
        if (!asked || request.headers.has("Content-Type")) throw new Error("taken for text");
      }),
      "Web Locks": "locks" in navigator,
      BroadcastChannel: typeof BroadcastChannel !== "undefined",
    };
  },
};
