// The output of a program, line by line: what has arrived of a line is no line yet, and one stream's line is not
// interrupted by the other's.
import type { Readable } from "node:stream";

/** Calls `take` with each text of whole lines, and at the end with the rest. */
export function takeLines(stream: Readable, take: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const all = rest + text;
    const end = all.lastIndexOf("\n") + 1;
    rest = all.slice(end);
    if (end > 0) take(all.slice(0, end));
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}
