// `<SignIn>` as servers render it, in English, to sign up.
import { AuthProvider, type ClientSource, SignIn as ReactSignIn } from "latchkey-auth/react";
import { en } from "latchkey-auth/texts/en";
import { createAuth, SignIn as VueSignIn } from "latchkey-auth/vue";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { svelteModule } from "./svelte.ts";

/** By framework: the HTML of the form. */
export const RENDERED: Record<"react" | "vue" | "svelte", (client: ClientSource) => Promise<string>> = {
  react: async (client) =>
    renderToString(createElement(AuthProvider, { client }, createElement(ReactSignIn, { texts: en, mode: "sign-up" }))),
  vue: (client) => renderVue(createSSRApp(() => h(VueSignIn, { texts: en, mode: "sign-up" })).use(createAuth(client))),
  svelte: async (client) => {
    const { render } = await svelteModule<{ render(client: ClientSource): string }>(
      `import { render as toString } from "svelte/server";
       import { createAuth, SignIn } from "latchkey-auth/svelte";
       import { en } from "latchkey-auth/texts/en";
       export const render = (client) =>
         toString(SignIn, { props: { auth: createAuth(client), texts: en, mode: "sign-up" } }).body;`,
      "server",
    );
    return render(client);
  },
};
