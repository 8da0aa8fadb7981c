/**
 * Who reads an {@link ArrivingBody}. It lives as long as the stream does, of which the object that scripts get hold of is no
 * sign: engines drop that while they read for `response.json()`, say.
 */
export interface BodyReader {
  /** So many bytes have been read. */
  read(bytes: number): void;
  cancel(): void;
}

/** A body that comes in parts, and is read at the reader's pace. */
export class ArrivingBody {
  /** What has come and hasn't been read. */
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** How it ended, if it has. */
  #end: { error?: unknown } | undefined;
  /** Ends the wait of a reader that has nothing to read. Only then are the stream and its reader referred to from here, so
   *  that a stream that nobody holds and nobody reads can be collected. */
  #wake: (() => void) | undefined;

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** It is complete; or it has failed, and nothing more can be read, not even what has come. */
  end(how: { error?: unknown }): void {
    this.#end ??= how;
    if ("error" in how) this.#chunks = [];
    this.#wake?.();
  }

  /** To be called once. */
  stream(reader: BodyReader): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = {
      pull: (controller: Controller) => this.#give(controller, reader),
      cancel: () => reader.cancel(),
    };
    try {
      // As fetch's own bodies; and what is read from one needn't be copied.
      return new ReadableStream({ ...source, type: "bytes" });
    } catch {
      return new ReadableStream(source, { highWaterMark: 0 });
    }
  }

  #give(controller: Controller, reader: BodyReader): void | Promise<void> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      reader.read(chunk.byteLength);
      controller.enqueue(chunk);
    } else if (!this.#end) {
      return new Promise<void>((wake) => {
        this.#wake = wake;
      }).then(() => {
        this.#wake = undefined;
        return this.#give(controller, reader);
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
