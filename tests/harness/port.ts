// A free port for a program that a test starts. See tools/free-port.mjs for which ports it gives.
const tool = new URL("../../tools/free-port.mjs", import.meta.url).href;
export const { freePort } = (await import(tool)) as { freePort(): Promise<number> };
