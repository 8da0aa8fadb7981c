/** What a mail's link has brought, in the address's fragment. */
export interface MailLink {
  readonly kind: string;
  readonly code: string;
}

/** Reads the link's fragment, `#kind=email_verification&code=BCDF-GHJK`. */
export function mailLinkOf(hash: string): MailLink | null {
  const values = new URLSearchParams(hash.slice(1));
  const [kind, code] = [values.get("kind"), values.get("code")];
  return kind !== null && code !== null ? { kind, code } : null;
}
