const MIN_PASSWORD = 8;
const MAX_PASSWORD = 128;

/** Refuses nothing that the service takes: something before the `@`, and behind it a name with a dot, or `localhost`. */
const ADDRESS = /^[^\s@]{1,64}@(?:localhost|[^\s@.]+(?:\.[^\s@.]+)+)$/i;
const MAX_ADDRESS = 254;

/** What is wrong with an e-mail address, or `null`. */
export function emailProblem(email: string): string | null {
  const trimmed = email.trim();
  if (trimmed === "") return "Enter your e-mail address.";
  if (trimmed.length > MAX_ADDRESS || !ADDRESS.test(trimmed)) return "This isn't an e-mail address.";
  return null;
}

/** What is wrong with a password, or `null`. Counts characters as the service does: Unicode's, not JavaScript's. */
export function passwordProblem(password: string): string | null {
  const length = [...password].length;
  if (length === 0) return "Enter your password.";
  if (length < MIN_PASSWORD) return `A password has at least ${MIN_PASSWORD} characters.`;
  if (length > MAX_PASSWORD) return `A password has at most ${MAX_PASSWORD} characters.`;
  return null;
}
