import type { AuthRequestInit } from "../types.js";
import type { VaultSide } from "../vault-side.js";

/** A vault whose calls report their upload once, when the answer has come: here nothing is slow. */
export function withProgress(vault: VaultSide): VaultSide {
  return {
    ...vault,
    fetch: async (input, init) => {
      const { onUploadProgress, ...rest }: AuthRequestInit = init ?? {};
      if (!onUploadProgress) return vault.fetch(input, init);
      if (rest.body instanceof ReadableStream)
        throw new TypeError("onUploadProgress needs a body that is not a stream.");
      const copy = new Request(input instanceof Request ? input.clone() : input, rest);
      const response = await vault.fetch(input, rest);
      const total = (await copy.arrayBuffer()).byteLength;
      if (total > 0) onUploadProgress({ loaded: total, total });
      return response;
    },
  };
}
