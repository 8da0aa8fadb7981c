// A browser without pages: it follows the redirects of a provider, with the cookies that it gets.
import assert from "node:assert/strict";

/** Follows redirects from `start` until one leads to an address that begins with `end`, and returns that address. */
export async function followRedirects(start: string, end: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 8; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: { Cookie: cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = answer.headers.get("location");
    assert.ok(location, `${answer.status} at ${url}: ${await answer.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(end)) return new URL(url);
  }
  return assert.fail("too many redirects");
}
