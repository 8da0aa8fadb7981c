/** By the address of the original, so that all clients of a page start from one copy, which is the only one that
 *  `trusted` allows. */
const copies = new Map<string, Promise<string>>();

/**
 * The address of a copy, within the page, of a worker's file that is on another origin. A policy has to allow such
 * workers (`worker-src blob:`) and the request for the file (`connect-src`), and its server has to allow the page to
 * read it (CORS).
 *
 * Rejects with the response that is not such a file; `Response.error()` if there was none.
 */
export function copiedWorker(url: string): Promise<string> {
  const copy = copies.get(url) ?? make(url);
  copies.set(url, copy);
  // The next client tries again.
  copy.catch(() => copies.delete(url));
  return copy;
}

async function make(url: string): Promise<string> {
  const response = await fetch(url, { credentials: "omit" }).catch(() => Response.error());
  if (!response.ok || !/javascript/i.test(response.headers.get("Content-Type") ?? "")) throw response;
  return URL.createObjectURL(new Blob([await response.text()], { type: "text/javascript" }));
}
