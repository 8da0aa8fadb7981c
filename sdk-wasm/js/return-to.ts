/**
 * The address that `return_to` in the page's address names, if it is a path of the page's own origin; else `null`. The
 * service adds it when it needs a signed-in user, for a client of another party (OAuth).
 *
 * `<SignIn>` goes there after the sign-in. A page that does not show `<SignIn>` to signed-in users has to go there for them,
 * because they may have come back from another provider:
 *
 * ```ts
 * const page = returnTo();
 * if (auth.session && page) location.replace(page);
 * ```
 */
export function returnTo(): string | null {
  const wanted = new URLSearchParams(location.search).get("return_to");
  if (!wanted?.startsWith("/")) return null;
  try {
    const { origin, pathname, search } = new URL(wanted, location.origin);
    // `//host`, `/\host` and `/<tab>/host` lead to another origin, so the parsed address decides.
    return origin === location.origin ? origin + pathname + search : null;
  } catch {
    return null;
  }
}
