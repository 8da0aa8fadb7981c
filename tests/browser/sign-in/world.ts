// Pages with `<SignIn>`, one for each framework, and the fake service in each of them.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { RENDERED } from "../../harness/rendered-sign-in.ts";
import { svelteFiles } from "../../harness/svelte.ts";

export const ADA = { email: "ada@example.com", password: "correct horse battery staple" };
export const ORIGIN = "https://app.example.com";

/** How an app shows the form, by framework. It may use `create`, `texts`, `props`, and `signedIn`. */
const APPS = {
  react: `
    import { createElement as h, StrictMode } from "react";
    import { createRoot, hydrateRoot } from "react-dom/client";
    import { AuthProvider, SignIn } from "latchkey-auth/react";
    const form = h(SignIn, { texts, ...props, onSignedIn: signedIn });
    const app = h(AuthProvider, { client: create }, form);
    if (hydrated) hydrateRoot(place, app, { onRecoverableError: (error) => console.error(String(error)) });
    else createRoot(place).render(h(StrictMode, null, app));`,
  vue: `
    import { createApp, createSSRApp, h } from "vue";
    import { createAuth, SignIn } from "latchkey-auth/vue";
    const app = (hydrated ? createSSRApp : createApp)(() => h(SignIn, { texts, ...props, onSignedIn: signedIn }));
    app.use(createAuth(create)).mount(place);`,
  svelte: `
    import { hydrate, mount } from "svelte";
    import { createAuth, SignIn } from "latchkey-auth/svelte";
    (hydrated ? hydrate : mount)(SignIn, { target: place, props: { auth: createAuth(create), texts, ...props, onSignedIn: signedIn } });`,
};

export type Framework = keyof typeof APPS;
export const FRAMEWORKS = Object.keys(APPS) as Framework[];

/** The languages, and what a test can reach in the page. */
const COMMON = `
  import { fakeService } from "latchkey-auth/testing";
  import { de } from "latchkey-auth/texts/de";
  import { en } from "latchkey-auth/texts/en";
  import { ja } from "latchkey-auth/texts/ja";
  const { lang = "en", users = [${JSON.stringify(ADA)}], ended, failing, hydrated, fake, at, passkeyOf, ...props } = window.options ?? {};
  const texts = { de, en, ja }[lang];
  const service = fakeService({ users, ...fake });
  const sessions = [];
  const signedIn = (session) => sessions.push(session.id);
  const create = async () => {
    if (failing) return service.createClient({ service: "ftp://example.com" });
    return service.createClient();
  };
  if (passkeyOf) {
    const before = await service.createClient();
    await before.passkeys.signUp({ email: passkeyOf });
    await before.signOut();
    before.dispose();
  }
  if (ended) { service.openSession(${JSON.stringify(ADA.email)}); service.endSessions(ended); }
  Object.assign(window, { service, sessions });
  const place = document.querySelector("#app");`;

/**
 * What a page is opened with: properties of the form, and `lang`, `users`, `fake` (options of the fake service), `ended`
 * (a session's end), `failing` (no client), `at` (the rest of the page's address), `passkeyOf` (the
 * address of a user whose passkey the browser has), `hydrated` (a server has rendered the form to sign up; the page has no script until the test adds it).
 */
export type Options = Readonly<Record<string, unknown>>;

declare global {
  interface Window {
    options: Options;
    service: import("latchkey-auth/testing").FakeService;
    sessions: string[];
    /** Every text that the form's message has had, also for a moment. */
    said: string[];
  }
}

export interface World {
  /** `watch` sees the page before it is loaded. */
  open(framework: Framework, watch: (page: Page) => void, options?: Options, style?: boolean): Promise<void>;
}

export async function startWorld(browser: Browser): Promise<World> {
  const scripts = new Map(await Promise.all(FRAMEWORKS.map(async (name) => [name, await bundle(APPS[name])] as const)));
  const css = await readFile(new URL("../../../sdk-wasm/dist/sign-in.css", import.meta.url), "utf8");
  return {
    async open(framework, watch, options = {}, style = false) {
      const context = await browser.newContext();
      const page = await context.newPage();
      watch(page);
      await page.addInitScript((given) => Object.assign(window, { options: given, said: [] }), options);
      await page.addInitScript(() => {
        new MutationObserver(() => {
          const text = document.querySelector("[role=alert]")?.textContent ?? "";
          if (text !== "" && text !== window.said.at(-1)) window.said.push(text);
        }).observe(document, { childList: true, subtree: true, characterData: true });
      });
      // Inline styles are forbidden, because the form needs none.
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:";
      const content = options.hydrated ? await RENDERED[framework](() => new Promise(() => {})) : "";
      const html = pageOf(content, options.hydrated ? "" : '<script type="module" src="/app.js"></script>');
      await page.route("**/*", (route) => {
        const { pathname } = new URL(route.request().url());
        if (pathname === "/app.js")
          return route.fulfill({ contentType: "text/javascript", body: scripts.get(framework) ?? "" });
        if (pathname === "/style.css")
          return route.fulfill({ contentType: "text/css", body: style ? PAGE_CSS + css : "" });
        return route.fulfill({ contentType: "text/html", headers: { "Content-Security-Policy": policy }, body: html });
      });
      await page.goto(ORIGIN + (options.at ?? ""));
    },
  };
}

const pageOf = (
  content: string,
  script: string,
) => `<!doctype html><html lang="en"><title>Sign in</title><link rel="icon" href="data:,">
  <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">
  <main><h1>Welcome</h1><div id="app">${content}</div></main>${script}</html>`;
const PAGE_CSS =
  ":root { color-scheme: light dark; background: Canvas; color: CanvasText; font-family: sans-serif } main { max-width: 24rem; margin: 2rem auto; padding: 0 1rem }";

async function bundle(app: string): Promise<string> {
  const imports = app.match(/^ *import .*$/gm)?.join("\n") ?? "";
  const rest = app.replaceAll(/^ *import .*$/gm, "");
  const { outputFiles } = await build({
    stdin: {
      contents: `${imports}${COMMON}${rest}`,
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
      loader: "ts",
    },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", write: false, conditions: ["svelte", "browser"] },
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    plugins: [svelteFiles("client")],
  });
  return outputFiles[0]?.text ?? "";
}
