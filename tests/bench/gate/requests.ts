// What is sent: a page's `fetch()` with a token, as Chromium spells it.

/** Without `Authorization`. */
const HEADERS = {
  Host: "localhost:8787",
  Connection: "keep-alive",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  Accept: "application/json",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Accept-Language": "en-GB,en;q=0.9",
  Referer: "http://localhost:8787/",
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
};

/** What a program sends that has nothing to say. */
const FEW_HEADERS = { Host: HEADERS.Host };

/** Makes the bytes of one request. */
export type Requests = (token: string) => Buffer;

export function requests({ fewHeaders }: { fewHeaders: boolean }): Requests {
  const start = `GET /api/notes HTTP/1.1\r\n${lines(fewHeaders ? FEW_HEADERS : HEADERS)}Authorization: Bearer `;
  return (token) => Buffer.from(`${start}${token}\r\n\r\n`, "latin1");
}

function lines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
