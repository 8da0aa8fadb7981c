// What sends the service's mails: how the options and answers that state it are read. Pure.
import { Mistake } from "../mistake.ts";

export type Mail = {
  /** The sender. */
  readonly from: string;
} & (
  | { readonly adapter: "cloudflare" | "resend" | "postmark" }
  | { readonly adapter: "ses"; readonly region: string; readonly accessKeyId: string }
  /** Another Worker, by a service binding. */
  | { readonly adapter: "worker"; readonly service: string }
);

export const ADAPTERS: readonly Mail["adapter"][] = ["cloudflare", "resend", "postmark", "ses", "worker"];

/** The answer that nothing sends mails. */
export const NO_MAIL = "none";

/** The name of the Worker secret with which an adapter authenticates itself at its provider. */
export const MAIL_SECRETS: Readonly<Record<Mail["adapter"], string | undefined>> = {
  cloudflare: undefined,
  resend: "RESEND_API_KEY",
  postmark: "POSTMARK_SERVER_TOKEN",
  ses: "SES_SECRET_ACCESS_KEY",
  worker: undefined,
};

const ADDRESS = String.raw`[^\s<>@"]+@[^\s<>@"]+\.[^\s<>@".]+`;
/** An address, or a name and an address. */
const MAILBOX = new RegExp(String.raw`^(${ADDRESS}|[^<>"\p{Cc}]+ <${ADDRESS}>)$`, "u");

/** @throws {Mistake} unless it is one of {@link ADAPTERS} or {@link NO_MAIL}. */
export function readAdapter(text: string): Mail["adapter"] | undefined {
  const adapter = ADAPTERS.find((each) => each === text.trim());
  if (adapter === undefined && text.trim() !== NO_MAIL)
    throw new Mistake(`--mail: found ${JSON.stringify(text)}, expected one of ${[NO_MAIL, ...ADAPTERS].join(", ")}`, 2);
  return adapter;
}

/** @throws {Mistake} unless it is an address, or a name and an address. */
export const readSender = (text: string): string =>
  matching("--mail-from", text, MAILBOX, "an e-mail address, or a name and an address: Acme <no-reply@acme.com>");

/** @throws {Mistake} unless it can be the name of a region of AWS. */
export const readRegion = (text: string): string =>
  matching("--mail-region", text, /^[a-z0-9]+(-[a-z0-9]+)+$/, "a region of AWS, such as eu-central-1");

/** @throws {Mistake} unless it can be the id of an access key. */
export const readAccessKeyId = (text: string): string =>
  matching(
    "--mail-access-key-id",
    text,
    /^[A-Z0-9]{16,128}$/,
    "the id of an access key of AWS, such as AKIAIOSFODNN7ACME123. It is not the secret access key",
  );

/** @throws {Mistake} unless it is a name that wrangler accepts. */
export const readMailWorker = (text: string): string =>
  matching("--mail-service", text, /^[a-z0-9_][a-z0-9_-]{0,62}$/, "the name of a Worker, such as my-mailer");

function matching(option: string, text: string, pattern: RegExp, expected: string): string {
  const trimmed = text.trim();
  if (pattern.test(trimmed)) return trimmed;
  throw new Mistake(`${option}: found ${JSON.stringify(text)}, expected ${expected}`, 2);
}
