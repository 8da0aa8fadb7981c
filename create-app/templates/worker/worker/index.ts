// One Worker: the gate and the token service of latchkey-worker, with the classes of its Durable Objects, and your API.
export * from "latchkey-worker";
export { default } from "latchkey-worker";
export { Api } from "./api";
