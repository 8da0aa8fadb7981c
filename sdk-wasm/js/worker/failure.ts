import { messageOf } from "../message-of.js";
import type { ErrorView } from "../protocol.js";
import type { Fail } from "../vault-side.js";

/** Represents an `AuthError` in the worker, which sends it to the page as data. */
export class Failure {
  readonly view: ErrorView;
  constructor(view: ErrorView) {
    this.view = view;
  }
}

export const fail: Fail<Failure> = ({ code, ...details }, cause) =>
  new Failure({ code, message: messageOf(code, details.detail), ...details, cause: cause ? viewOf(cause) : undefined });

/** An error as data. Of a value that is not an error nothing is sent, because it might contain a secret. */
export function viewOf(error: unknown): ErrorView {
  if (error instanceof Failure) return error.view;
  if (error instanceof Error || error instanceof DOMException) return { name: error.name, message: error.message };
  return { name: "Error", message: "Something failed in the vault." };
}
