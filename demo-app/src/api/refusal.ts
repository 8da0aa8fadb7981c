/** An answer of the API that isn't a success: its problem document (RFC 9457), as far as it has one. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  /** With `step_up_required`: how the user can prove what is missing; empty if the account has nothing for it. */
  readonly methods: readonly string[];

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    const title = text(problem.title) ?? `The API answered ${status}.`;
    super(title);
    this.name = "Refusal";
    this.status = status;
    this.title = title;
    this.code = text(problem.code) ?? "";
    this.detail = text(problem.detail);
    this.methods = Array.isArray(problem.methods) ? problem.methods.flatMap((method) => text(method) ?? []) : [];
  }
}

/** Gives `response` back if it is a success, and throws a {@link Refusal} if not. */
export async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw new Refusal(response.status, await problemOf(response));
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return {};
  const problem: unknown = await response.json().catch(() => null);
  return typeof problem === "object" && problem !== null ? { ...problem } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
