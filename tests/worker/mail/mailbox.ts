// What the service's mails contain, as a Worker of the deployer's own receives them.
import { type Listener, startListener } from "../../harness/listener.ts";
import type { Life } from "../durable/world.ts";

export interface Mail {
  to: string;
  kind: string;
  locale: string;
  subject: string;
  text: string;
  html: string;
  code?: string;
  link?: string;
  client?: string;
  client_host?: string;
}

export interface Mailbox {
  /** For `startDurable`: the service sends its mails here. */
  readonly life: Pick<Life, "config" | "beside">;
  /** While true, no mail is accepted. */
  isDown: boolean;
  /** The mails to an address, the newest first. */
  to(address: string): Mail[];
  /** The code in the newest of them. */
  code(address: string): string;
  stop(): Promise<void>;
}

export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const listener: Listener = await startListener();
  const mailbox: Mailbox = {
    life: {
      config: { mail: { adapter: "worker", service: "MAILER", from: "Demo <no-reply@example.com>", page: "/code" } },
      beside: [
        {
          binding: "MAILER",
          kind: "service",
          worker: new URL("workers/mailer.ts", import.meta.url),
          from: listener.origin,
        },
      ],
    },
    isDown: false,
    to: (address) => mails.filter(({ to }) => to === address).reverse(),
    code(address) {
      const code = mailbox.to(address).find((mail) => mail.code)?.code;
      if (!code) throw new Error(`no mail with a code was sent to ${address}`);
      return code;
    },
    stop: () => listener.stop(),
  };
  listener.on("/mail", (request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      if (!mailbox.isDown) mails.push(JSON.parse(text));
      response.writeHead(mailbox.isDown ? 503 : 202).end();
    });
  });
  return mailbox;
}
