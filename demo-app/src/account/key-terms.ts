import type { NewApiKey } from "latchkey-auth";
import { SCOPES, scopeInWords } from "./scopes.ts";

const DAY = 86_400;

/** How long a key is valid in seconds, by the text of the choice. `null`: it does not expire. */
export const LIFETIMES: Readonly<Record<string, number | null>> = {
  "7 days": 7 * DAY,
  "30 days": 30 * DAY,
  "90 days": 90 * DAY,
  "1 year": 365 * DAY,
  "No expiry": null,
};

export type Terms = Required<NewApiKey>;

/** What the form of a new key says. */
export function termsOf(form: FormData): Terms {
  const text = (field: string) => String(form.get(field) ?? "").trim();
  return {
    name: text("name"),
    scopes: form.getAll("scope").map(String),
    roles: form.getAll("role").map(String),
    expiresIn: LIFETIMES[text("lifetime")] ?? null,
    networks: text("networks")
      .split(/[\s,]+/)
      .filter(Boolean),
  };
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const list = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** What a key with these terms may do, in sentences. `now` in milliseconds since the Unix epoch. */
export function termsInWords({ scopes, roles, expiresIn, networks }: Omit<Terms, "name">, now: number): string[] {
  const may = scopes.map((scope) => scopeInWords(scope)).map((words) => words.charAt(0).toLowerCase() + words.slice(1));
  const kept = Object.keys(SCOPES)
    .filter((scope) => !scopes.includes(scope))
    .map((scope) => scopeInWords(scope).toLowerCase().replaceAll(" and ", " or "));
  return [
    may.length > 0
      ? `A program with this key may ${list.format(may)}.${kept.length > 0 ? ` It may not ${kept.join(" or ")}.` : ""}`
      : "A program with this key may not read or change your notes.",
    ...(roles.length > 0
      ? [`It also has your ${roles.length === 1 ? "role" : "roles"} ${list.format(roles)}, for as long as you do.`]
      : []),
    networks.length > 0 ? `It works only from ${list.format(networks)}.` : "It works from every network.",
    expiresIn === null
      ? "It does not expire: it works until you revoke it."
      : `It expires on ${day.format(now + expiresIn * 1000)}.`,
  ];
}
