import { Problem } from "./problem.ts";

/** Who the request is from, as the gate has verified it. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly roles: readonly string[];
}

/**
 * Reads the gate's identity headers. The gate removes whatever a client sent under these names, so they can be trusted
 * as far as every request comes through it; one without a subject didn't, and is refused.
 */
export function identityOf(request: Request): Identity {
  const issuer = request.headers.get("Latchkey-Issuer");
  const subject = request.headers.get("Latchkey-Subject");
  if (!issuer || !subject) throw new Problem("unauthenticated");
  return {
    issuer: decodeURIComponent(issuer),
    subject: decodeURIComponent(subject),
    roles: words(request.headers.get("Latchkey-Roles")),
  };
}

/** The gate percent-encodes each word, so that only spaces separate them. */
function words(list: string | null): string[] {
  return (list ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map(decodeURIComponent);
}
