import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";
import type { ReceivedMail } from "./inbox-object.ts";
import { Problem } from "./problem.ts";
import { withApiHeaders } from "./security-headers.ts";

/**
 * The demo's mailbox. The service delivers its mails here by the service binding MAILBOX, as it would to any Worker of
 * the deployer's own (docs/mail.md), and the page /mailbox shows them. Every visitor of the demo can read all of them, so
 * it is for a developer's machine only.
 */
export class Mailbox extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    // The gate has routes for GET and HEAD of the second path only, so only the service can deliver a mail.
    if (request.method === "POST" && pathname === "/mailbox/deliver") return this.#deliver(await request.json());
    if (pathname === "/mailbox/messages") return this.#list(searchParams.get("to"));
    return withApiHeaders(new Problem("not_found").toResponse());
  }

  async #deliver({ id, to, kind, subject, text, code, link, at }: ReceivedMail & { id: string }): Promise<Response> {
    await this.#inbox().receive(id, {
      ...{ to, kind, subject, text, at },
      ...(code === undefined ? {} : { code }),
      ...(link === undefined ? {} : { link }),
    });
    return new Response(null, { status: 204 });
  }

  async #list(to: string | null): Promise<Response> {
    // The service normalises addresses; this is enough for those that are typed here.
    const messages = await this.#inbox().list(to?.trim().toLowerCase() || null);
    return withApiHeaders(Response.json({ messages }));
  }

  #inbox() {
    return this.env.INBOX.get(this.env.INBOX.idFromName("inbox"));
  }
}
