// The entry point of the Worker: one WebAssembly instance, and its `fetch`.
import * as rust from "#rust";
import module from "./rust_bg.wasm";

rust.initSync({ module });

export default { fetch: (request, env, context) => rust.fetch(request, env, context) };
