import type { AuthClient } from "latchkey-auth";
import { createAuth } from "latchkey-auth/vue";
import { createApp } from "vue";
import App from "./App.vue";

export function mount(root: HTMLElement, auth: AuthClient) {
  createApp(App).use(createAuth(auth)).mount(root);
}
