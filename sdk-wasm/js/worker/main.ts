// The vault's worker, bundled into dist/vault-worker.js. Whoever has started it is the page it serves.
import { serve } from "./serve.js";

serve(globalThis as unknown as Parameters<typeof serve>[0]);
