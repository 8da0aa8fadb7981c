const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const dateAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });

/** A moment as people write it, from milliseconds since the Unix epoch. */
export function moment(at: number): string {
  return dateAndTime.format(at);
}

/** How far `at` is from `now`, both in milliseconds: "in 7 days", "2 minutes ago". */
export function distance(at: number, now: number): string {
  const apart = Math.round((at - now) / 1000);
  const size = Math.abs(apart);
  if (size < MINUTE) return apart > 0 ? "in under a minute" : "just now";
  if (size < HOUR) return relative.format(Math.trunc(apart / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.trunc(apart / HOUR), "hour");
  return relative.format(Math.round(apart / DAY), "day");
}

/**
 * How long ago something was. `now` may be older than `at`: the page's clock is looked at every now and then only, and the
 * service's may be ahead of it.
 */
export function since(at: number, now: number): string {
  return distance(Math.min(at, now), now);
}

/** A duration in milliseconds as a countdown: "4:32". Never below zero. */
export function countdown(milliseconds: number): string {
  const left = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(left / MINUTE)}:${String(left % MINUTE).padStart(2, "0")}`;
}

/** A duration in seconds, in words: "42 seconds", "3 minutes". Rounded up, so that waiting that long is enough. */
export function seconds(duration: number): string {
  const [count, unit] =
    duration < 2 * MINUTE ? [Math.ceil(duration), "second"] : [Math.ceil(duration / MINUTE), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
