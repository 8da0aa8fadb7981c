import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./browser.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

for (const [userAgent, name] of [
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/156.0.0.0 Safari/537.36`, "Chrome 156 on Linux"],
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/156.0.0.0 Safari/537.36`, "Chrome 156 on Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/156.0 Safari/537.36 Edg/156.0`, "Edge 156 on Windows"],
  [`Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36`, "Chrome 156 on Android"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153 on Linux"],
  [`${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, "Safari 18 on iPhone"],
  [`${IPHONE} CriOS/156.0 Mobile/15E148 Safari/604.1`, "Chrome 156 on iPhone"],
  ["curl/8.14.1", "curl 8"],
  ["Something on Windows", "A browser on Windows"],
  ["", "An unknown browser"],
] as const) {
  test(name, () => assert.equal(browserName(userAgent), name));
}
