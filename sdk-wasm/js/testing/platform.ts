type Names = "Request" | "Response" | "Headers" | "TextDecoder" | "TextEncoder";

/**
 * A class of the platform. Some test environments, jest-environment-jsdom for one, hide those that Node has; they are
 * still there in the context in which Node itself runs.
 */
export function platform<N extends Names>(name: N): (typeof globalThis)[N] {
  return globalThis[name] ?? (nodeGlobals() ?? globalThis)[name];
}

/** The globals of the context in which Node itself runs; `undefined` in a browser. */
export function nodeGlobals(): typeof globalThis | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } };
  const vm = process?.getBuiltinModule?.("node:vm") as { runInThisContext(code: string): unknown } | undefined;
  return vm?.runInThisContext("globalThis") as typeof globalThis | undefined;
}
