import { svelte } from "@sveltejs/vite-plugin-svelte";
import { latchkey } from "latchkey-worker/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), latchkey()],
  // Tests run what the browser runs, not what a server would render.
  ...(process.env.VITEST ? { resolve: { conditions: ["browser"] } } : {}),
  test: { environment: "happy-dom" },
});
