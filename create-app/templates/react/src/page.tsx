import type { AuthClient } from "latchkey-auth";
import { AuthProvider } from "latchkey-auth/react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

export function mount(root: HTMLElement, auth: AuthClient) {
  createRoot(root).render(
    <AuthProvider client={auth}>
      <App />
    </AuthProvider>,
  );
}
