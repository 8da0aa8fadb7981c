import vue from "@vitejs/plugin-vue";
import { latchkey } from "latchkey-worker/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue(), latchkey()],
  test: { environment: "happy-dom" },
});
