// The questions of `init`: one for each option that was not given. The terminal is an argument.
import { Mistake } from "../mistake.ts";
import {
  type Api,
  type Choices,
  DEFAULT_DIRECTORY,
  type Hosting,
  readApi,
  readDomain,
  readHosting,
  readOrigin,
  requireSameSite,
} from "./choices.ts";

/** The options of `init` that state an answer. */
export interface Given {
  readonly domain?: string | undefined;
  readonly hosting?: string | undefined;
  readonly page?: string | undefined;
  readonly assets?: string | undefined;
  readonly api?: string | undefined;
}

/** Asks a question and returns the answer, which may be empty. */
export type Ask = (question: string) => Promise<string>;

/**
 * @param ask `undefined` without a terminal and with `--yes`: then defaults answer, and an option without a default is
 * required. @param boundApi The Worker that the file binds as the API already; the default. @throws {Mistake} if an
 * option is invalid or missing. An invalid answer to a question is asked again.
 */
export async function choose(given: Given, ask: Ask | undefined, boundApi?: string): Promise<Choices> {
  const domain = await answer({
    option: "--domain",
    given: given.domain,
    ask,
    question: "Domain of the Worker, in a zone of your Cloudflare account (such as app.example.com)",
    read: readDomain,
  });
  const hosting = await chooseHosting(given, domain, ask);
  const api: Api = await answer({
    option: "--api",
    given: given.api,
    ask,
    question: "Your API: the name of a Worker (reached by a service binding), or an https origin (reached by URL)",
    default: boundApi,
    read: readApi,
  });
  return { domain, hosting, api };
}

async function chooseHosting(given: Given, domain: string, ask: Ask | undefined): Promise<Hosting> {
  const kind = await answer({
    option: "--hosting",
    given: given.hosting,
    ask,
    question: `Who serves the page?
  assets  this Worker, as static assets
  pages   Cloudflare Pages or another host, under another host name of the same site
  url     this Worker, which fetches it from another host
Hosting`,
    default: "assets",
    read: readHosting,
  });
  if (kind !== "pages" && kind !== "url" && given.page !== undefined)
    throw new Mistake("--page: found with --hosting assets, expected with --hosting pages or --hosting url", 2);
  if (kind !== "assets" && given.assets !== undefined)
    throw new Mistake(`--assets: found with --hosting ${kind}, expected with --hosting assets`, 2);
  if (kind === "assets") return { kind, directory: given.assets ?? DEFAULT_DIRECTORY };
  const page = await answer({
    option: "--page",
    given: given.page,
    ask,
    question:
      kind === "pages"
        ? "Origin of the page (such as https://www.example.com)"
        : "Origin of the host that has the page",
    read(text) {
      const origin = readOrigin("--page", text);
      if (kind === "pages") requireSameSite(origin, domain);
      return origin;
    },
  });
  return { kind, page };
}

interface Question<T> {
  option: string;
  given: string | undefined;
  ask: Ask | undefined;
  question: string;
  default?: string | undefined;
  read: (text: string) => T;
}

async function answer<T>({ option, given, ask, question, default: standard, read }: Question<T>): Promise<T> {
  if (given !== undefined) return read(given);
  if (!ask) {
    if (standard !== undefined) return read(standard);
    throw new Mistake(
      `${option}: found nothing, expected a value, because there is no terminal to ask. ${question}`,
      2,
    );
  }
  let prompt = `${question}${standard === undefined ? "" : ` [${standard}]`}: `;
  for (;;) {
    const text = (await ask(prompt)).trim() || standard;
    if (text === undefined) continue;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      prompt = `${error.message}\n${prompt}`;
    }
  }
}
