// `latchkey-worker token`: signs a user of this machine in, and prints the access token.
import { Mistake } from "../mistake.ts";
import { readOptions } from "../options.ts";
import { askSecret, hasTerminal } from "../terminal.ts";
import { version } from "../version.ts";
import { readWranglerConfig, tableOf } from "../wrangler-config.ts";
import { readAnswer, readService } from "./answer.ts";

export const usage = `\
Usage: latchkey-worker token --email ADDRESS [options]

Signs in a user of the service on this machine, and prints the access token:
  curl -H "Authorization: Bearer $(npx latchkey-worker token --email ada@example.com)" http://localhost:8787/api/notes
It asks for the password, unless the environment variable LATCHKEY_PASSWORD contains it. Each call opens a session.

  --email ADDRESS    the user
  --sign-up          creates the user; the service must have sign_up = "open"
  --service ORIGIN   default: the issuer in wrangler.toml, or http://localhost:8787`;

/** How long the service may take, in milliseconds. A failed sign-in is delayed by some seconds. */
const TIME_LIMIT = 30_000;

export async function run(args: string[]): Promise<number> {
  const { values } = readOptions(
    {
      args,
      options: {
        email: { type: "string" },
        "sign-up": { type: "boolean", default: false },
        service: { type: "string" },
      },
    },
    usage,
  );
  if (values.email === undefined) throw new Mistake(`--email: found nothing, expected an address\n\n${usage}`, 2);
  const service = readService(values.service ?? (await configuredIssuer()) ?? "http://localhost:8787");
  const path = values["sign-up"] ? "/auth/sign-up" : "/auth/sign-in";
  const answer = await post(`${service}${path}`, { email: values.email, password: await password(values.email) });
  const token = readAnswer(service, answer.status, answer.body);
  console.error(`Valid for ${token.expiresIn} seconds`);
  console.log(token.value);
  return 0;
}

/** The issuer of the top level of the configuration in this folder, if there is one. */
async function configuredIssuer(): Promise<string | undefined> {
  const config = await readWranglerConfig().catch(() => undefined);
  const issuer = tableOf(tableOf(config?.content.vars)?.LATCHKEY)?.issuer;
  return typeof issuer === "string" ? issuer : undefined;
}

async function password(email: string): Promise<string> {
  const given = process.env.LATCHKEY_PASSWORD;
  if (given !== undefined) return given;
  if (!hasTerminal())
    throw new Mistake(
      "LATCHKEY_PASSWORD: found nothing, expected the password, because there is no terminal to ask",
      2,
    );
  return askSecret(`Password of ${email}: `);
}

/**
 * As a client that is not a browser: it states its name, and has neither an origin nor a cookie, so the service does
 * not take it for a page.
 */
async function post(url: string, body: object): Promise<{ status: number; body: string }> {
  const { origin } = new URL(url);
  const client = `latchkey-worker/${await version()}`;
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Latchkey-Client": client, "User-Agent": client },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(TIME_LIMIT),
    });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Mistake(
      `${origin}: could not be reached (${cause instanceof Error ? cause.message : cause}). Is the service running (npm run dev)? --service names another origin`,
    );
  }
}
