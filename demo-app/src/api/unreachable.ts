/** No answer came from the API. `auth.fetch` rejects with the browser's own error then, as `fetch` does; it is the cause. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The API didn't answer.", { cause });
    this.name = "Unreachable";
  }
}
