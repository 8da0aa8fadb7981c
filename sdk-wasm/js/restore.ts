import { AuthError } from "./errors.js";
import type { ErrorView } from "./protocol.js";

/** An error that has crossed, as the page throws it. */
export function restore(view: ErrorView): Error {
  const { message } = view;
  if ("code" in view) return new AuthError(view.code, message, { ...view, cause: view.cause && restore(view.cause) });
  return view.name === "TypeError" ? new TypeError(message) : new DOMException(message, view.name);
}
