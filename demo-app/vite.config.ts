import react from "@vitejs/plugin-react";
import { latchkey } from "latchkey-worker/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), latchkey()],
  build: {
    target: "es2023",
    // Nothing is inlined and no polyfill is injected: the policy in public/_headers allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "lab.html", "lab-usual-app.html", "mailbox.html", "404.html"] },
  },
});
