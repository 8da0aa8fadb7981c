import type { Moment } from "./run.js";

/** The client's default for `refreshAheadSeconds`, in milliseconds. */
const REFRESH_AHEAD_MS = 60_000;

/** A duration in milliseconds, for users: `1:05`, `2 h 10 min`, `29 d 23 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long a run lasts already, from milliseconds: `1.25 s`, and from ten minutes on as a {@link duration}. */
export const since = (ms: number): string => (ms < 600_000 ? `${(ms / 1000).toFixed(2)} s` : duration(ms));

/** What the panel shows of a moment, `at` its time. `tokenLife`: how long the access token lives, if that is known. */
export function factsOf(moment: Moment, at: number, tokenLife: number | null): [name: string, value: string][] {
  const { tokenExpires, refreshes, idleExpires, sessionExpires, error } = moment;
  return [
    ["Last error", error ?? "none"],
    ["Access token expires", tokenExpires === null ? "there is none" : left(tokenExpires - at)],
    ["Next refresh (estimated)", nextRefresh(moment, at, tokenLife)],
    ["Access tokens so far", String(refreshes)],
    ["Session expires if idle", idleExpires === null ? "no session" : left(idleExpires - at)],
    ["Session expires", sessionExpires === null ? "no session" : left(sessionExpires - at)],
  ];
}

const left = (ms: number) => (ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`);

/** The vault decides, in its worker: as long before the expiry as `refreshAheadSeconds` says, less up to a quarter. */
function nextRefresh({ status, tokenExpires }: Moment, at: number, tokenLife: number | null): string {
  if (status === "signed-out") return "none";
  if (status === "offline") return "retried until it succeeds";
  if (tokenExpires === null) return "now";
  const ahead = Math.min(REFRESH_AHEAD_MS, (tokenLife ?? Number.POSITIVE_INFINITY) / 2);
  const [first, last] = [tokenExpires - ahead - at, tokenExpires - ahead * 0.75 - at];
  return last <= 0 ? "now" : `in ${duration(first)} to ${duration(last)}`;
}
