// jest-environment-jsdom hides Node's fetch and its classes, and jsdom has none of its own.
const { TestEnvironment } = require("jest-environment-jsdom");

module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    const { fetch, Request, Response, Headers, FormData, Blob, AbortController, AbortSignal } = globalThis;
    Object.assign(this.global, { fetch, Request, Response, Headers, FormData, Blob, AbortController, AbortSignal });
    const { ReadableStream, TextEncoder, TextDecoder, structuredClone } = globalThis;
    Object.assign(this.global, { ReadableStream, TextEncoder, TextDecoder, structuredClone });
  }
};
