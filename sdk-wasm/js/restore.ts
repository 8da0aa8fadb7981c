import { AuthError } from "./errors.js";
import type { ErrorView } from "./protocol.js";

/** The error that the page throws for an error that the worker has sent. */
export function restore(view: ErrorView): Error {
  const { message } = view;
  if ("code" in view) return new AuthError(view.code, message, { ...view, cause: view.cause && restore(view.cause) });
  return view.name === "TypeError" ? new TypeError(message) : new DOMException(message, view.name);
}
