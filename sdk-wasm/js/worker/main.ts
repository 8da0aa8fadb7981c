// The vault's worker, bundled into vault-worker.js. It serves the page that has started it.
import { serve } from "./serve.js";

serve(globalThis as unknown as Parameters<typeof serve>[0]);
