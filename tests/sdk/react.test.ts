// `latchkey-auth/react` in React itself: StrictMode, Suspense, concurrent rendering, hydration.
import "../harness/dom.ts";
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import { type Auth, AuthProvider, useAuth, useSession } from "latchkey-auth/react";
import {
  act,
  Component,
  createElement as h,
  type ReactNode,
  StrictMode,
  Suspense,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useState,
} from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { ADA, countedService } from "../harness/counted.ts";
import { until } from "../harness/until.ts";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

let place: HTMLElement;
let root: Root | undefined;

beforeEach(() => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  place = document.createElement("div");
  document.body.append(place);
});

afterEach(async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  await act(async () => root?.unmount());
  root = undefined;
  place.remove();
});

const render = async (node: ReactNode) => {
  root ??= createRoot(place);
  await act(async () => root?.render(node));
};
const shows = (text: string) =>
  until(`the page shows ${text}, not ${place.textContent}`, async () => {
    await act(async () => {});
    return place.textContent === text;
  });

let last: Auth | undefined;
function Who() {
  const auth = useAuth();
  last = auth;
  return h("p", null, `${auth.status} ${auth.session?.user.email ?? "-"}`);
}

/** The latest that was rendered. */
function rendered(): Auth {
  assert.ok(last);
  return last;
}

test("loading, signed out, signed in by the hook's own function, signed out again", async () => {
  const { create } = countedService();
  await render(h(AuthProvider, { client: create }, h(Who)));
  await shows("signed-out -");
  const { signIn, signOut } = rendered();
  await act(async () => void (await signIn(ADA)));
  await shows(`signed-in ${ADA.email}`);
  assert.equal(rendered().signIn, signIn, "its functions stay the same");
  await act(() => signOut());
  await shows("signed-out -");
});

test("StrictMode makes one client, and leaving disposes of it", async () => {
  const { create, made, disposed } = countedService();
  await render(h(StrictMode, null, h(AuthProvider, { client: create }, h(Who))));
  await shows("signed-out -");
  assert.equal(made.length, 1);
  assert.equal(disposed.length, 0);
  await render(null);
  assert.deepEqual(disposed, made);
});

test("a provider that has left before its client came: the client is disposed of on arrival", async () => {
  const { create, made, disposed } = countedService();
  let go = () => {};
  const slow = () => new Promise<AuthClient>((done) => (go = () => done(create())));
  await render(h(StrictMode, null, h(AuthProvider, { client: slow }, h(Who))));
  await render(null);
  go();
  await until("it is disposed of", () => disposed.length === 1);
  assert.deepEqual(disposed, made);
});

test("a tree that suspends before it is ever mounted makes no client, and one when it is", async () => {
  const { create, made, disposed } = countedService();
  let go = () => {};
  const data = new Promise<string>((done) => (go = () => done("data")));
  const Late = () => h("i", null, use(data));
  const tree = h(Suspense, { fallback: "…" }, h(AuthProvider, { client: create }, h(Late), h(Who)));
  await render(h(StrictMode, null, tree));
  assert.equal(place.textContent, "…");
  assert.equal(made.length, 0);
  await act(async () => go());
  await shows("datasigned-out -");
  assert.equal(made.length, 1);
  assert.equal(disposed.length, 0);
});

test("a client of one's own, or a promise of it, is used and left alone", async () => {
  for (const promised of [false, true]) {
    const { service, create, made, disposed } = countedService();
    service.openSession(ADA.email);
    const client = await create();
    await render(
      h(AuthProvider, { key: String(promised), client: promised ? Promise.resolve(client) : client }, h(Who)),
    );
    await shows(`signed-in ${ADA.email}`);
    await render(null);
    assert.deepEqual([made.length, disposed.length], [1, 0]);
    assert.equal((await client.fetch("/x")).status, 200, "it still works");
    client.dispose();
  }
});

test("an effect of the first render may call already", async () => {
  const { service, create, made } = countedService();
  service.openSession(ADA.email);
  function Loads() {
    const { fetch } = useAuth();
    const [text, setText] = useState("…");
    useEffect(() => {
      void fetch("/api/hello")
        .then((answer) => answer.text())
        .then(setText);
    }, [fetch]);
    return text;
  }
  await render(h(StrictMode, null, h(AuthProvider, { client: create }, h(Loads))));
  await shows("hello");
  assert.equal(made.length, 1);
});

test("useSession renders again only when the session changes", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const seen: (string | undefined)[] = [];
  const Email = () => {
    const email = useSession()?.user.email;
    seen.push(email);
    return null;
  };
  await render(h(AuthProvider, { client: create }, h(Email), h(Who)));
  await shows(`signed-in ${ADA.email}`);
  const before = rendered().tokenClock;
  service.expireTokens();
  await act(async () => void (await rendered().fetch("/x")));
  assert.equal(rendered().tokenClock.refreshes, before.refreshes + 1, "the other hook has seen the renewal");
  assert.deepEqual(seen, [undefined, ADA.email]);
});

test("what kept the client from starting goes to the error boundary and to whoever called", async () => {
  const cause = new Error("no vault today");
  class Boundary extends Component<{ children: ReactNode }> {
    override state = { error: null };
    static getDerivedStateFromError = (error: unknown) => ({ error });
    override render = () => (this.state.error ? String(this.state.error) : this.props.children);
  }
  let called: Promise<unknown> | undefined;
  const Calls = () => {
    const { fetch } = useAuth();
    useEffect(() => {
      called = fetch("/x").catch((error: unknown) => error);
    }, [fetch]);
    return null;
  };
  const silent = console.error;
  console.error = () => {};
  try {
    await render(h(Boundary, null, h(AuthProvider, { client: () => Promise.reject(cause) }, h(Calls), h(Who))));
    await shows("Error: no vault today");
  } finally {
    console.error = silent;
  }
  assert.equal(await called, cause);
});

test("outside of a provider it says what is missing", () => {
  assert.throws(() => renderToString(h(Who)), /AuthProvider/);
});

test("no commit shows two truths, whenever the client changes during a sliced render", async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = false;
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const commits: string[] = [];
  const statuses: string[] = [];
  let renders = 0;
  const Slow = ({ index }: { index: number }) => {
    const { status } = useAuth();
    renders += 1;
    // Past React's slice of 5 ms, so that it yields between two of these.
    for (const end = performance.now() + 3; performance.now() < end; );
    statuses[index] = status;
    return status;
  };
  const All = () => {
    const [shown, setShown] = useState(false);
    useLayoutEffect(() => {
      if (shown) commits.push([...new Set(statuses)].join());
    });
    useEffect(() => startTransition(() => setShown(true)), []);
    return shown ? Array.from({ length: 40 }, (_, index) => h(Slow, { key: index, index })) : null;
  };
  root = createRoot(place);
  root.render(h(AuthProvider, { client }, h(All)));
  await until("it is in the middle of the transition", () => renders > 3 && renders < 40);
  await client.signOut();
  await until("everybody knows", () => place.textContent === "signed-out".repeat(40));
  for (const commit of commits) assert.doesNotMatch(commit, /,/, `a commit with ${commit}`);
  assert.ok(commits.length > 0);
  client.dispose();
});

test("what a server renders is loading, and a client that knows more is hydrated without complaint", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const tree = h(AuthProvider, { client }, h(Who));
  place.innerHTML = renderToString(tree);
  assert.equal(place.textContent, "loading -");
  const complaints: unknown[] = [];
  await act(async () => {
    root = hydrateRoot(place, tree, { onRecoverableError: (error) => complaints.push(error) });
  });
  await shows(`signed-in ${ADA.email}`);
  assert.deepEqual(complaints, []);
  client.dispose();
});
