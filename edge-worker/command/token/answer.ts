// What the service's answer to a sign-in means. Pure.
import { Mistake } from "../mistake.ts";
import { tableOf } from "../wrangler-config.ts";

export interface Token {
  readonly value: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What to do about an error, by its code. The codes are those of the service. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_credentials: "If the user does not exist, --sign-up creates it",
  email_taken: "Without --sign-up this command signs the user in",
  sign_up_closed: 'Set sign_up = "open" in [vars.LATCHKEY]',
};

/**
 * @param service The origin that was asked.
 * @throws {Mistake} unless the answer carries a token.
 */
export function readAnswer(service: string, status: number, body: string): Token {
  const answer = parse(body);
  const { access_token: value, expires_in: expiresIn, code, detail, title } = answer ?? {};
  if (status >= 200 && status < 300 && typeof value === "string" && typeof expiresIn === "number")
    return { value, expiresIn };
  if (typeof code !== "string")
    throw new Mistake(
      `${service}: found an answer that is not Latchkey's (status ${status}), expected the origin of the service, as in issuer`,
    );
  const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
  const said = [title, detail, advice].filter((text) => typeof text === "string" && text !== "");
  throw new Mistake(`${service}: ${status} ${code}. ${said.join(" ")}`);
}

function parse(body: string) {
  try {
    return tableOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** @throws {Mistake} unless it is the origin of a service on this machine. */
export function readService(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal =
    url !== undefined &&
    ["http:", "https:"].includes(url.protocol) &&
    (["localhost", "127.0.0.1", "[::1]"].includes(url.hostname) || url.hostname.endsWith(".localhost"));
  if (isLocal && url.origin === text.replace(/\/$/, "")) return url.origin;
  throw new Mistake(
    `--service: found ${JSON.stringify(text)}, expected an origin on this machine, such as http://localhost:8787, because a token of a deployed service would be that of a real user`,
    2,
  );
}
