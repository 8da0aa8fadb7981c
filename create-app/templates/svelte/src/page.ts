import type { AuthClient } from "latchkey-auth";
import { createAuth } from "latchkey-auth/svelte";
import { mount as mountComponent } from "svelte";
import App from "./App.svelte";

export function mount(root: HTMLElement, auth: AuthClient) {
  root.replaceChildren();
  mountComponent(App, { target: root, props: { auth: createAuth(auth) } });
}
