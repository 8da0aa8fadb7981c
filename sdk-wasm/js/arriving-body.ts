/** A body that comes in parts, and is read at the reader's pace. */
export class ArrivingBody {
  /** What has come and hasn't been read. */
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** How it ended, if it has. */
  #end: { error?: unknown } | undefined;
  /** Ends the wait of a reader that has nothing to read. Only then is the stream referred to from here, so that one that
   *  nobody reads or holds can be collected. */
  #wake: (() => void) | undefined;
  /** The stream, while somebody reads it who may not refer to it himself. */
  readonly #held = new Set<ReadableStream>();
  readonly #read: (bytes: number) => void;

  /** @param read Is told what has been read. */
  constructor(read: (bytes: number) => void) {
    this.#read = read;
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** It is complete; or it has failed, and nothing more can be read, not even what has come. */
  end(how: { error?: unknown }): void {
    this.#end ??= how;
    if ("error" in how) this.#chunks = [];
    this.#held.clear();
    this.#wake?.();
  }

  /** To be called once. */
  stream(cancel: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = { pull: (controller: Controller) => this.#give(controller), cancel };
    try {
      // As fetch's own bodies; and what is read from one needn't be copied.
      return new ReadableStream({ ...source, type: "bytes" });
    } catch {
      // WebKit. What it reads by itself, as for `response.json()`, it doesn't refer to as the object that is waited for here.
      const held: ReadableStream<Uint8Array<ArrayBuffer>> = new ReadableStream(
        {
          ...source,
          pull: (controller) => {
            if (!this.#end) this.#held.add(held);
            return this.#give(controller);
          },
        },
        { highWaterMark: 0 },
      );
      return held;
    }
  }

  #give(controller: Controller): void | Promise<void> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#read(chunk.byteLength);
      controller.enqueue(chunk);
    } else if (!this.#end) {
      return new Promise<void>((wake) => {
        this.#wake = wake;
      }).then(() => {
        this.#wake = undefined;
        return this.#give(controller);
      });
    } else if ("error" in this.#end) {
      controller.error(this.#end.error);
    } else {
      controller.close();
      // Who reads into a buffer of his own gets it back.
      if ("byobRequest" in controller) controller.byobRequest?.respond(0);
    }
  }
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
