/**
 * What an {@link ArrivingBody} calls when its stream is read. It lives as long as the stream. The object that scripts
 * hold does not: engines drop it while they read the stream for `response.json()`, for example.
 */
export interface BodyReader {
  /** This number of bytes has been read. */
  read(bytes: number): void;
  cancel(): void;
}

/** A body that arrives in parts, and is read at the reader's pace. */
export class ArrivingBody {
  /** The parts that have arrived and have not been read. */
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** How it ended, if it has. */
  #end: { error?: unknown } | undefined;
  /** Continues a read that waits for the next part. The stream and its reader are referred to from here only during such a
   *  wait, so that a stream which is not referred to and not read can be garbage collected. */
  #wake: (() => void) | undefined;

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** The body is complete; or it has failed, and nothing more can be read, not even the parts that have arrived. */
  end(how: { error?: unknown }): void {
    this.#end ??= how;
    if ("error" in how) this.#chunks = [];
    this.#wake?.();
  }

  /** Must be called at most once. */
  stream(reader: BodyReader): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = {
      pull: (controller: Controller) => this.#give(controller, reader),
      cancel: () => reader.cancel(),
    };
    try {
      // Like the bodies of `fetch`, and what is read from it is not copied.
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
      // Returns the buffer of a reader that reads into its own.
      if ("byobRequest" in controller) controller.byobRequest?.respond(0);
    }
  }
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
