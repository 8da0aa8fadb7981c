import { nodeGlobals } from "./platform.js";

/** After so many turns of the event loop in which nothing was under way, the page's own code has had its turn, too. */
const QUIET_TURNS = 5;
/** An API that has not answered after so many turns waits for something else, which may never come. */
const API_TURNS = 100;

type Who = "service" | "api";

/** The requests that are being carried out, and the answers that are being read. */
export class UnderWay {
  readonly #counts: Record<Who, number> = { service: 0, api: 0 };

  /** The same promise. Until it is settled, it counts as under way. */
  during<T>(who: Who, promise: Promise<T>): Promise<T> {
    this.#counts[who] += 1;
    const end = () => {
      this.#counts[who] -= 1;
    };
    promise.then(end, end);
    return promise;
  }

  /** The same response. While the vault reads it, it counts as under way. */
  reading(response: Response): Response {
    const json = response.json.bind(response);
    return Object.defineProperty(response, "json", { value: () => this.during("service", json()) });
  }

  /** Resolves when nothing is under way that waits only for its turn. */
  async settled(): Promise<void> {
    const { port1, port2 } = new (nodeGlobals()?.MessageChannel ?? MessageChannel)();
    let next = () => {};
    port1.onmessage = () => next();
    for (let [turns, quiet] = [0, 0]; quiet < QUIET_TURNS; turns += 1) {
      await new Promise<void>((done) => {
        next = done;
        port2.postMessage(null);
      });
      const { service, api } = this.#counts;
      quiet = service > 0 || (api > 0 && turns < API_TURNS) ? 0 : quiet + 1;
    }
    port1.close();
  }
}
