import react from "@vitejs/plugin-react";
import { latchkey } from "latchkey-worker/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react(), latchkey()],
  test: { environment: "happy-dom" },
});
