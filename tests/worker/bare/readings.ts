// What lenient servers could read in a path.

const PROTECTED = /^\/(service|url)\/(open\/shut|exact|none|1s|5s|strict|page|both|short|kept)(\/|$)/;

/** Every path that some server could read in this one. */
function readings(target: string): Set<string> {
  const found = new Set<string>();
  const queue = [target.replace(/^[a-z]+:\/\/[^/\\?#]*/i, "")];
  for (let text = queue.pop(); text !== undefined && found.size < 5_000; text = queue.pop()) {
    if (found.has(text)) continue;
    found.add(text);
    queue.push(...REWRITES.map((rewrite) => rewrite(text)));
  }
  return found;
}

const REWRITES: ((path: string) => string)[] = [
  (path) =>
    path.replace(/%(?:c0|%63%30)%([89ab][0-9a-f])/gi, (_, byte) =>
      String.fromCharCode(Number.parseInt(byte, 16) & 0x3f),
    ),
  (path) =>
    path.replace(/%c1%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(0x40 | (Number.parseInt(b, 16) & 0x3f))),
  (path) => path.replace(/%e0%80%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16) & 0x3f)),
  (path) => path.replace(/%f0%80%80%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16) & 0x3f)),
  (path) => path.replace(/%c0%([0-7][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16))),
  (path) => path.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(Number.parseInt(byte, 16))),
  (path) => path.replace(/%u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  (path) => path.replaceAll("\\", "/"),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/[?#].*$/s, ""),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a lenient server stops at this character
  (path) => path.replace(/\x00.*$/s, ""),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a lenient server ignores these characters
  (path) => path.replace(/[\x00-\x1f\x7f]/g, ""),
  (path) => resolved(path),
];

/** Without dot segments (RFC 3986 section 5.2.4). */
function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === ".." && segments.length > 1) segments.pop();
    else if (segment !== "." && segment !== "..") segments.push(segment);
  }
  return segments.join("/");
}

export const isProtected = (target: string) => [...readings(target)].some((path) => PROTECTED.test(path));
