import { latchkey } from "latchkey-worker/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [latchkey()],
  test: { environment: "happy-dom" },
});
