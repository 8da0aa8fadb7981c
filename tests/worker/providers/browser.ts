// A browser on the level of HTTP: which cookies it keeps, and which of them it sends with a request that a page of
// another site has caused (RFC 6265bis, section 5.8.3).
import { type Answer, ask } from "../../harness/http.ts";
import { ISSUER } from "../durable/world.ts";

interface Kept {
  value: string;
  sameSite: string;
}

/** What has caused a request. */
export type Cause =
  /** A page of the service's origin: a script, a form or a link. */
  | "own-page"
  /** A page of another site: a link or a redirect. */
  | "other-site"
  /** A form of another site. */
  | "other-sites-form";

export class Browser {
  readonly origin: string;
  readonly jar = new Map<string, Kept>();
  constructor(origin: string) {
    this.origin = origin;
  }

  /** A navigation. `path` may be an absolute URL of the service's public origin. */
  async navigate(path: string, cause: Cause = "own-page", form?: Record<string, string>): Promise<Answer> {
    const allowed: string[] = { "own-page": ["Strict", "Lax"], "other-site": ["Lax"], "other-sites-form": [] }[cause];
    const cookies = [...this.jar].filter(([, { sameSite }]) => allowed.includes(sameSite));
    const answer = await ask(this.origin, path.replace(ISSUER, ""), {
      method: form ? "POST" : "GET",
      headers: {
        "Sec-Fetch-Site": cause === "own-page" ? "same-origin" : "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        Origin: form ? (cause === "own-page" ? ISSUER : "https://appleid.apple.com") : undefined,
        "Content-Type": form ? "application/x-www-form-urlencoded" : undefined,
        Cookie: cookies.length > 0 ? cookies.map(([name, { value }]) => `${name}=${value}`).join("; ") : undefined,
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
    });
    this.keep(answer);
    return answer;
  }

  keep(answer: Answer): void {
    for (const line of answer.setCookies) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const sameSite = attributes.find((each) => each.startsWith("SameSite="))?.slice("SameSite=".length) ?? "";
      if (attributes.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, { value, sameSite });
    }
  }

  /** A cookie as it is sent: `name=value`. */
  cookie(name: string): string | undefined {
    const kept = this.jar.get(name);
    return kept === undefined ? undefined : `${name}=${kept.value}`;
  }

  /** A copy with the same cookies, as at this moment. */
  copy(): Browser {
    const copy = new Browser(this.origin);
    for (const [name, kept] of this.jar) copy.jar.set(name, kept);
    return copy;
  }
}
