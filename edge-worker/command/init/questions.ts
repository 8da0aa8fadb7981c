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
import { type Mail, NO_MAIL, readAccessKeyId, readAdapter, readMailWorker, readRegion, readSender } from "./mail.ts";

/** The options of `init` that state an answer. */
export interface Given {
  readonly domain?: string | undefined;
  readonly hosting?: string | undefined;
  readonly page?: string | undefined;
  readonly assets?: string | undefined;
  readonly api?: string | undefined;
  readonly mail?: string | undefined;
  readonly "mail-from"?: string | undefined;
  readonly "mail-region"?: string | undefined;
  readonly "mail-access-key-id"?: string | undefined;
  readonly "mail-service"?: string | undefined;
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
  return { domain, hosting, api, mail: await chooseMail(given, domain, ask) };
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

async function chooseMail(given: Given, domain: string, ask: Ask | undefined): Promise<Mail | undefined> {
  const adapter = await answer({
    option: "--mail",
    given: given.mail,
    ask,
    question: `What sends mails (codes, notifications)?
  none        nothing: users have passwords, and no mail is sent
  cloudflare  Cloudflare's send_email binding
  resend      the API of Resend
  postmark    the API of Postmark
  ses         Amazon SES
  worker      a Worker of your own
Mail`,
    default: NO_MAIL,
    read: readAdapter,
  });
  for (const [option, needs] of [
    ["mail-from", adapter],
    ["mail-region", "ses"],
    ["mail-access-key-id", "ses"],
    ["mail-service", "worker"],
  ] as const)
    if (given[option] !== undefined && (adapter === undefined || adapter !== needs))
      throw new Mistake(
        `--${option}: found with --mail ${adapter ?? NO_MAIL}, expected with ${needs === undefined ? "another adapter" : `--mail ${needs}`}`,
        2,
      );
  if (adapter === undefined) return undefined;
  const from = await answer({
    option: "--mail-from",
    given: given["mail-from"],
    ask,
    question: "Sender of the mails: an address, or a name and an address; the provider must permit it",
    default: `no-reply@${domain}`,
    read: readSender,
  });
  if (adapter === "worker") {
    const service = await answer({
      option: "--mail-service",
      given: given["mail-service"],
      ask,
      question: "Name of the Worker that sends the mails",
      read: readMailWorker,
    });
    return { adapter, from, service };
  }
  if (adapter !== "ses") return { adapter, from };
  const region = await answer({
    option: "--mail-region",
    given: given["mail-region"],
    ask,
    question: "Region of SES (such as eu-central-1)",
    read: readRegion,
  });
  const accessKeyId = await answer({
    option: "--mail-access-key-id",
    given: given["mail-access-key-id"],
    ask,
    question: "Id of the access key, not the secret",
    read: readAccessKeyId,
  });
  return { adapter, from, region, accessKeyId };
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
