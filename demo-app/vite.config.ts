import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm start` serves the gate; `npm run dev` sends it everything that isn't a file of the app. */
const gate = "http://localhost:8787";

/** The gate judges a request by its `Origin`, which through this proxy must be the gate's own. */
const throughTheGate = { target: gate, headers: { origin: gate } };

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // Nothing is inlined and no polyfill is injected: the policy in api/assets.ts allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "404.html"] },
  },
  server: { proxy: { "/auth": throughTheGate, "/api": throughTheGate } },
});
