/** What the API can answer besides success: its code, its status and its title. */
const PROBLEMS = {
  invalid_request: [400, "The request isn't understood"],
  unauthenticated: [401, "The request doesn't come from the gate"],
  not_found: [404, "There is nothing here"],
  method_not_allowed: [405, "This method isn't supported here"],
  notes_full: [409, "There is no room for another note"],
  too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body has another type than expected"],
  lab_failed: [500, "The service refused what the lab has asked for"],
  lab_off: [503, "The lab is off"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the caller. It is thrown where it is found and answered in worker.ts. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is for people and is sent to the caller. */
  constructor(code: ProblemCode, detail?: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.headers = headers;
  }

  /** The problem as `application/problem+json` (RFC 9457). */
  toResponse(): Response {
    const [status, title] = PROBLEMS[this.code];
    const detail = this.message === "" ? {} : { detail: this.message };
    return new Response(JSON.stringify({ type: "about:blank", title, status, code: this.code, ...detail }), {
      status,
      headers: { "Content-Type": "application/problem+json", ...this.headers },
    });
  }
}
