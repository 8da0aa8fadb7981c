import { messageOf } from "../message-of.js";
import type { ErrorView } from "../protocol.js";
import type { Fail } from "../vault-side.js";

/** What stands for an `AuthError` in the worker, from where it crosses as data. */
export class Failure {
  readonly view: ErrorView;
  constructor(view: ErrorView) {
    this.view = view;
  }
}

export const fail: Fail<Failure> = ({ code, ...details }, cause) =>
  new Failure({ code, message: messageOf(code, details.detail), ...details, cause: cause ? viewOf(cause) : undefined });

/** An error as it crosses. What isn't one keeps its secrets, if it has any. */
export function viewOf(error: unknown): ErrorView {
  if (error instanceof Failure) return error.view;
  if (error instanceof Error || error instanceof DOMException) return { name: error.name, message: error.message };
  return { name: "Error", message: "Something failed in the vault." };
}
