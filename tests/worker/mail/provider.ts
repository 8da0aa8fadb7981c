// The HTTP APIs of Resend, Postmark and Amazon SES, as far as they are published for sending one mail: what they accept,
// and how they reject the rest.
import { createHash, createHmac } from "node:crypto";
import { type Listener, startListener } from "../../harness/listener.ts";

/** A request that the Worker has sent to the internet. */
export interface Asked {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
}

export const KEYS = {
  resend: "re_123456789_ABCDEFGHIJKLMNOPQRSTUVWX",
  postmark: "11111111-2222-3333-4444-555555555555",
  ses: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
export const SES = { region: "eu-central-1", access_key_id: "AKIDEXAMPLE" };

interface Said {
  status: number;
  body: unknown;
}

type Members = Record<string, unknown>;

export interface Provider {
  readonly listener: Listener;
  /** Every request so far. */
  readonly asked: Asked[];
  /**
   * The response to every request, in place of the API's own. `hang`: none. `lost`: the mail is accepted, and the
   * connection breaks before the response.
   */
  instead: Said | "hang" | "lost" | undefined;
}

export async function startProvider(): Promise<Provider> {
  const listener = await startListener();
  const provider: Provider = { listener, asked: [], instead: undefined };
  listener.on("/outside", (request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const asked: Asked = JSON.parse(text);
      provider.asked.push(asked);
      const said = provider.instead ?? answer(asked);
      if (said === "lost") request.socket.destroy();
      else if (said !== "hang") response.writeHead(said.status).end(JSON.stringify(said.body));
    });
  });
  return provider;
}

function answer(asked: Asked): Said {
  const { host, pathname, search } = new URL(asked.url);
  const at = `${asked.method} ${host}${pathname}${search}`;
  if (at === "POST api.resend.com/emails") return resend(asked);
  if (at === "POST api.postmarkapp.com/email") return postmark(asked);
  if (at === `POST email.${SES.region}.amazonaws.com/v2/email/outbound-emails`) return ses(asked);
  return { status: 404, body: { message: at } };
}

/** The names of members that are missing or that the API does not have. */
function misfits(body: Members, required: string[], optional: string[]): string[] {
  const missing = required.filter((name) => body[name] === undefined);
  return [...missing, ...Object.keys(body).filter((name) => ![...required, ...optional].includes(name))];
}

/** https://resend.com/docs/api-reference/emails/send-email */
function resend({ headers, body: text }: Asked): Said {
  const wrong = (status: number, name: string, message: string): Said => ({
    status,
    body: { statusCode: status, name, message },
  });
  if (headers.authorization !== `Bearer ${KEYS.resend}`) return wrong(401, "missing_api_key", "Missing API Key");
  if (headers["content-type"] !== "application/json") return wrong(422, "validation_error", "content type");
  if (!/^.{1,256}$/.test(headers["idempotency-key"] ?? "")) return wrong(400, "invalid_idempotency_key", "key");
  const body: Members = JSON.parse(text);
  const faults = misfits(body, ["from", "to", "subject", "html", "text"], ["headers", "reply_to", "cc", "bcc", "tags"]);
  if (faults.length > 0) return wrong(422, "validation_error", `fields ${faults}`);
  if (!/^([^<>]+ <\S+@\S+>|\S+@\S+)$/.test(String(body.from))) return wrong(422, "validation_error", "Invalid `from`");
  if (!Array.isArray(body.to) || body.to.length !== 1) return wrong(422, "validation_error", "Invalid `to`");
  return { status: 200, body: { id: "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" } };
}

/** https://postmarkapp.com/developer/api/email-api#send-a-single-email */
function postmark({ headers, body: text }: Asked): Said {
  const wrong = (status: number, ErrorCode: number, Message: string): Said => ({
    status,
    body: { ErrorCode, Message },
  });
  if (headers["x-postmark-server-token"] !== KEYS.postmark) return wrong(401, 10, "Bad or missing Server API token.");
  if (headers["content-type"] !== "application/json" || headers.accept !== "application/json")
    return wrong(422, 402, "Invalid JSON");
  const body: Members = JSON.parse(text);
  const optional = [
    "Subject",
    "HtmlBody",
    "TextBody",
    "ReplyTo",
    "Headers",
    "TrackOpens",
    "TrackLinks",
    "MessageStream",
  ];
  const faults = misfits(body, ["From", "To"], optional);
  if (faults.length > 0) return wrong(422, 300, `fields ${faults}`);
  if (typeof body.To !== "string" || body.To.includes(",")) return wrong(422, 300, "Invalid 'To'");
  for (const header of body.Headers as Members[])
    if (misfits(header, ["Name", "Value"], []).length > 0) return wrong(422, 300, "Headers");
  if (body.TrackLinks !== "None" || body.TrackOpens !== false) return wrong(422, 300, "tracking");
  return {
    status: 200,
    body: { To: body.To, MessageID: "0a129aee-e1cd-480d-b08d-4f48548ff48d", ErrorCode: 0, Message: "OK" },
  };
}

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
function ses({ url, headers, body: text }: Asked): Said {
  const wrong = (status: number, __type: string): Said => ({ status, body: { __type, message: "x" } });
  if (headers.authorization !== signature(url, headers, text)) return wrong(403, "SignatureDoesNotMatch");
  if (headers["content-type"] !== "application/json") return wrong(400, "BadRequestException");
  const body: Members = JSON.parse(text);
  if (misfits(body, ["Content"], ["FromEmailAddress", "Destination", "ReplyToAddresses"]).length > 0)
    return wrong(400, "BadRequestException");
  return { status: 200, body: { MessageId: "010001" } };
}

/** What `Authorization` must be, computed from the request as it arrived. */
function signature(url: string, headers: Record<string, string>, body: string): string {
  const { host, pathname } = new URL(url);
  const at = headers["x-amz-date"] ?? "";
  const age = Math.abs(Date.now() - Date.parse(at.replace(/^(.{4})(..)(..T..)(..)(.*)$/, "$1-$2-$3:$4:$5")));
  if (!(age < 300_000)) return "expired";
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const signed = { "content-type": headers["content-type"], host, "x-amz-date": at };
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const names = Object.keys(signed).join(";");
  const canonical = ["POST", pathname, "", lines.join(""), names, sha(body)].join("\n");
  const scope = [at.slice(0, 8), SES.region, "ses", "aws4_request"];
  const key = scope.reduce<string | Buffer>((key, part) => mac(key, part), `AWS4${KEYS.ses}`);
  const toSign = ["AWS4-HMAC-SHA256", at, scope.join("/"), sha(canonical)].join("\n");
  const credential = `Credential=${SES.access_key_id}/${scope.join("/")}`;
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${mac(key, toSign).toString("hex")}`;
}
