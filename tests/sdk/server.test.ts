// The adapters where there is no page, and what they weigh.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { createClient, isAuthError } from "latchkey-auth";
import * as react from "latchkey-auth/react";
import * as vue from "latchkey-auth/vue";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createSSRApp, defineComponent, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { ADA, countedService } from "../harness/counted.ts";
import { component, svelteModule } from "../harness/svelte.ts";

test("this process is no page", () => {
  assert.equal(typeof document, "undefined");
});

test("React on a server: loading, and no client is made", () => {
  const { create, made } = countedService();
  const Who = () => `${react.useAuth().status} ${react.useSession()?.id ?? "-"}`;
  const html = renderToString(createElement(react.AuthProvider, { client: create }, createElement(Who)));
  assert.equal(html, "loading -");
  assert.equal(made.length, 0);
});

test("Vue on a server: loading, and no client is made", async () => {
  const { create, made } = countedService();
  const root = defineComponent(() => {
    const { status } = vue.useAuth();
    const session = vue.useSession();
    return () => h("p", `${status.value} ${session.value?.id ?? "-"}`);
  });
  assert.equal(await renderVue(createSSRApp(root).use(vue.createAuth(create))), "<p>loading -</p>");
  assert.equal(made.length, 0);
});

test("Svelte on a server: loading, by runes and as a store, and no client is made", async () => {
  const { create, made } = countedService();
  const runes = "<script>let { auth } = $props();</script>{auth.status} {auth.session?.id ?? '-'}";
  const store = "<script>export let auth;</script>{$auth.status} {$auth.session?.id ?? '-'}";
  const { rendered } = await svelteModule<{ rendered(create: unknown): string[] }>(
    `import { render } from "svelte/server";
     import Runes from ${component(runes)};
     import Store from ${component(store)};
     import { createAuth } from "latchkey-auth/svelte";
     export const rendered = (create) =>
       [Runes, Store].map((each) => render(each, { props: { auth: createAuth(create) } }).body);`,
    "server",
  );
  for (const html of rendered(create)) assert.match(html.replaceAll(/<!--.*?-->/g, ""), /^loading -$/);
  assert.equal(made.length, 0);
});

test("on a server, each adapter renders the session that the request has, and no client is made", async () => {
  const { create, made } = countedService();
  const initialSession = { id: "s1", user: { id: "u1", email: ADA.email, emailVerified: false, roles: [] } };
  const Who = () => `${react.useAuth().status} ${react.useSession()?.user.email}`;
  const tree = createElement(react.AuthProvider, { client: create, initialSession }, createElement(Who));
  const root = defineComponent(() => {
    const { status } = vue.useAuth();
    const session = vue.useSession();
    return () => h("p", `${status.value} ${session.value?.user.email}`);
  });
  const app = createSSRApp(root).use(vue.createAuth(create, { initialSession }));
  const runes = "<script>let { auth } = $props();</script>{auth.status} {auth.session?.user.email}";
  const { rendered } = await svelteModule<{ rendered(create: unknown, options: unknown): string }>(
    `import { render } from "svelte/server";
     import Runes from ${component(runes)};
     import { createAuth } from "latchkey-auth/svelte";
     export const rendered = (create, options) => render(Runes, { props: { auth: createAuth(create, options) } }).body;`,
    "server",
  );
  for (const html of [renderToString(tree), await renderVue(app), rendered(create, { initialSession })]) {
    assert.equal(html.replaceAll(/<.*?>/g, ""), `signed-in ${ADA.email}`);
  }
  assert.equal(made.length, 0);
});

test("a call on a server fails with the reason", async () => {
  const service = "https://app.example.com";
  let calls: Promise<unknown> | undefined;
  const Calls = () => {
    calls = react
      .useAuth()
      .signIn(ADA)
      .catch((error: unknown) => error);
    return null;
  };
  const client = () => createClient({ service, vault: "page" });
  renderToString(createElement(react.AuthProvider, { client }, createElement(Calls)));
  const error = await calls;
  assert.ok(isAuthError(error), String(error));
  assert.equal(error.code, "invalid_options");
});

test("isAuthError knows our errors, also those of another copy of the package, and no others", async () => {
  const error = await createClient({ service: "https://app.example.com" }).catch((error) => error);
  assert.ok(isAuthError(error));
  const copy: { AuthError: new (code: string, message: string) => Error } = await import(
    `${new URL("errors.js", import.meta.resolve("latchkey-auth"))}?copy`
  );
  assert.ok(isAuthError(new copy.AuthError("network", "another copy of the package")));
  class AuthError extends Error {
    override readonly name = "AuthError";
    readonly code = "invalid_credentials";
  }
  for (const foreign of [
    new AuthError("Supabase, MSAL and Auth.js have such errors"),
    new Error("x"),
    { ...error },
    null,
  ])
    assert.equal(isAuthError(foreign), false, String(foreign));
});

test("in React Server Components, the entry says that it is for client components", async () => {
  // There `react` has no createContext; a bundler that reads this line doesn't look for one.
  for (const file of ["index.js", "auth.js", "sign-in.js"]) {
    const code = await readFile(new URL(file, import.meta.resolve("latchkey-auth/react")), "utf8");
    assert.match(code, /^(\/\/.*\n)*"use client";\n/, file);
  }
});

for (const name of ["react", "vue", "svelte"]) {
  test(`latchkey-auth/${name}: at most 1.4 kB gzipped, and nothing of the vault in it`, async () => {
    const { outputFiles, metafile } = await build({
      // The adapter without <SignIn>, which sign-in.server.test.ts measures.
      entryPoints: [fileURLToPath(new URL("auth.js", import.meta.resolve(`latchkey-auth/${name}`)))],
      external: ["react", "vue", "svelte/*"],
      ...{ bundle: true, minify: true, format: "esm", target: "es2022", write: false, metafile: true },
    });
    const bytes = gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
    assert.ok(bytes > 300, `${bytes} bytes: it was bundled`);
    assert.ok(bytes < 1400, `${bytes} bytes`);
    const modules = Object.keys(metafile.inputs).map((path) => path.replace(/^.*\/dist\//, ""));
    const adapter = ["adapter/connection.js", "adapter/late-actions.js", "groups/names.js", `${name}/auth.js`];
    assert.deepEqual(modules.sort(), adapter.sort());
  });
}
