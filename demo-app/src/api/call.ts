export type Method = "GET" | "POST" | "DELETE";

/** Sends a request to the API through the vault. `body`, if there is one, goes as JSON. */
export type Call = (method: Method, path: string, body?: unknown) => Promise<Response>;

/** A line of the call log. */
export interface LoggedCall {
  readonly id: number;
  readonly method: Method;
  readonly path: string;
  /** The status of the answer, or why there was none. */
  readonly outcome: number | string;
  /** In milliseconds, by the page's clock. */
  readonly duration: number;
}
