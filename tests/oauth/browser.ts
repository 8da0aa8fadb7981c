// A user's browser that opens a client's link: which cookies and headers go with a navigation, how the pages of the
// service lead from one to the next, and where the client gets its answer. It knows no path of the service.
import assert from "node:assert/strict";
import { type Answer, ask } from "../harness/http.ts";
import type { Visitor } from "../harness/visitor.ts";

/** A page that the browser shows, or the address of a client to which it was sent. */
export interface Arrived {
  /** The address, with its query. */
  url: URL;
  /** Absent if the address belongs to a client: the browser leaves the service. */
  page?: Answer;
}

export interface Form {
  action: URL;
  /** Hidden fields with their values. */
  hidden: Record<string, string>;
  /** The buttons, by their text, with the field that each one adds. */
  buttons: Map<string, [name: string, value: string]>;
}

const MAX_PAGES = 8;

export class Browser {
  readonly origin: string;
  #cookies = new Map<string, string>();
  /** Each request and its answer, in order. */
  readonly history: { method: string; url: string; body?: string; answer: Answer }[] = [];

  /** @param who The user who is signed in; by default no user is. */
  constructor(origin: string, who?: Visitor) {
    this.origin = origin;
    if (who) this.#keep([who.cookie]);
  }

  /** Follows a link on a page of another site, and every redirect and refresh after it. */
  open(url: string | URL): Promise<Arrived> {
    return this.#navigate("GET", new URL(url), "cross-site");
  }

  /** Follows a link on a page of the service, or an address that the user enters. */
  visit(url: string | URL): Promise<Arrived> {
    return this.#navigate("GET", new URL(url, this.origin), "same-origin");
  }

  /** Presses a button of the page, with the fields that the user has filled in. */
  press(at: Arrived, button: RegExp, fields: Record<string, string> = {}): Promise<Arrived> {
    const form = formsOf(at).find(({ buttons }) => [...buttons.keys()].some((text) => button.test(text)));
    assert.ok(form, `no button ${button} at ${at.url}: ${textOf(at.page)}`);
    const [, [name, value]] = [...form.buttons].find(([text]) => button.test(text)) ?? assert.fail();
    const body = new URLSearchParams({ ...form.hidden, ...fields, ...(name ? { [name]: value } : {}) });
    return this.#navigate("POST", form.action, "same-origin", body.toString());
  }

  /** Opens a client's link and allows what the client asks for. The client's answer. */
  async approve(url: string | URL): Promise<URL> {
    return this.answer(await this.open(url), /^(Allow|Approve)/i);
  }

  async deny(url: string | URL): Promise<URL> {
    return this.answer(await this.open(url), /^(Deny|Cancel|Do not allow|Don.t allow)/i);
  }

  /** The client's answer, once the button has been pressed where the service asks the user. */
  async answer(at: Arrived, button: RegExp): Promise<URL> {
    const arrived = at.page ? await this.press(at, button) : at;
    assert.equal(arrived.page, undefined, `${arrived.url}: ${arrived.page?.status} ${textOf(arrived.page)}`);
    return arrived.url;
  }

  async #navigate(method: string, url: URL, site: "cross-site" | "same-origin", body?: string): Promise<Arrived> {
    let next = { method, url, site, body };
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      if (next.url.origin !== this.origin) return { url: next.url };
      const answer = await this.#request(next);
      const location = answer.header("location");
      if (location !== undefined && answer.status >= 300 && answer.status < 400) {
        assert.notEqual(answer.status, 307, "a redirect must not repeat the body");
        // A redirect has the site of the request that it answers.
        next = { method: "GET", url: new URL(location, next.url), site: next.site, body: undefined };
        continue;
      }
      const refreshed = refreshOf(answer);
      if (refreshed === undefined) return { url: next.url, page: answer };
      next = { method: "GET", url: new URL(refreshed, next.url), site: "same-origin", body: undefined };
    }
    return assert.fail(`more than ${MAX_PAGES} pages from ${url}`);
  }

  async #request({ method, url, site, body }: { method: string; url: URL; site: string; body: string | undefined }) {
    // Every cookie of the service is SameSite=Strict.
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const answer = await ask(this.origin, url.pathname + url.search, {
      method,
      headers: {
        "Sec-Fetch-Site": site,
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-User": "?1",
        Accept: "text/html,application/xhtml+xml",
        Cookie: site === "same-origin" && cookie !== "" ? cookie : undefined,
        Origin: method === "POST" ? this.origin : undefined,
        "Content-Type": body === undefined ? undefined : "application/x-www-form-urlencoded",
      },
      ...(body === undefined ? {} : { body }),
    });
    this.#keep(answer.setCookies);
    this.history.push({ method, url: url.href, ...(body === undefined ? {} : { body }), answer });
    return answer;
  }

  #keep(lines: string[]): void {
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? assert.fail(line);
      if (/; *max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

/** What a page says. */
export const textOf = (page: Answer | undefined): string =>
  unescaped((page?.text ?? "").replaceAll(/<style>.*?<\/style>/gs, "").replaceAll(/<[^>]*>/g, " ")).replaceAll(
    / +/g,
    " ",
  );

/** Where a page leads without a click. */
function refreshOf(answer: Answer): string | undefined {
  const content = /<meta http-equiv="?refresh"? content="([^"]*)"/i.exec(answer.text)?.[1];
  return content === undefined ? undefined : unescaped(content).replace(/^\s*0\s*;\s*url=/i, "");
}

export function formsOf({ url, page }: Arrived): Form[] {
  return [...(page?.text ?? "").matchAll(/<form([^>]*)>(.*?)<\/form>/gis)].map(([, head = "", content = ""]) => {
    assert.equal(attribute(head, "method")?.toLowerCase(), "post");
    const inputs = [...content.matchAll(/<input([^>]*)>/gi)].map(([, text = ""]) => text);
    const buttons = [...content.matchAll(/<button([^>]*)>(.*?)<\/button>/gis)].map(
      ([, text = "", label = ""]): [string, [string, string]] => [
        unescaped(label.replaceAll(/<[^>]*>/g, "").trim()),
        [attribute(text, "name") ?? "", attribute(text, "value") ?? ""],
      ],
    );
    return {
      action: new URL(attribute(head, "action") ?? url.href, url),
      hidden: Object.fromEntries(
        inputs
          .filter((input) => attribute(input, "type") === "hidden")
          .map((input) => [attribute(input, "name") ?? "", attribute(input, "value") ?? ""]),
      ),
      buttons: new Map(buttons),
    };
  });
}

const attribute = (text: string, name: string): string | undefined => {
  const value = new RegExp(`\\b${name}=(?:"([^"]*)"|([^\\s"'>]+))`, "i").exec(text);
  return value ? unescaped(value[1] ?? value[2] ?? "") : undefined;
};

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };

/** Text as a browser reads it from markup. */
export const unescaped = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39|#x27);/g, (whole, name) => ENTITIES[name] ?? whole);
