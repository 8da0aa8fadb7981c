// Changes to a WebAssembly module that wasm-opt has no pass for. The format: WebAssembly core specification, section 5.

const IMPORTS = 2;
const CODE = 10;
const HEADER_BYTES = 8;

/** `unreachable`, and nothing at all; without locals. */
const BODIES = { trap: [0x00, 0x00, 0x0b], nothing: [0x00, 0x0b] };

/** @typedef {{ id: number, content: Buffer }} Section */
/** @typedef {keyof typeof BODIES} Body */

/**
 * Functions get another body, by their names.
 * @param {Buffer} module With a name section.
 * @param {(name: string) => Body | undefined} choose `undefined`: it stays.
 * @returns {{ module: Buffer, replaced: number }}
 */
export function withBodies(module, choose) {
  const sections = read(module);
  const { imported, names } = named(sections);
  let replaced = 0;
  const changed = sections.map((section) => {
    if (section.id !== CODE) return section;
    const from = new Reader(section.content);
    const to = new Writer();
    const count = from.number();
    to.number(count);
    for (let at = 0; at < count; at += 1) {
      const body = from.bytes(from.number());
      const other = choose(names.get(imported + at) ?? "");
      if (other) replaced += 1;
      to.sized(other ? Buffer.from(BODIES[other]) : body);
    }
    return { ...section, content: to.all() };
  });
  return { module: write(changed), replaced };
}

/** Imports get other names. @param {Buffer} module @param {(name: string) => string} rename */
export function withImports(module, rename) {
  return write(
    read(module).map((section) => {
      if (section.id !== IMPORTS) return section;
      const from = new Reader(section.content);
      const to = new Writer();
      const count = from.number();
      to.number(count);
      for (let at = 0; at < count; at += 1) {
        to.sized(from.bytes(from.number()));
        to.sized(Buffer.from(rename(from.text())));
        const start = from.at;
        from.skipImported();
        to.bytes(section.content.subarray(start, from.at));
      }
      return { ...section, content: to.all() };
    }),
  );
}

/** The names of a module's imports. @param {Buffer} module @returns {string[]} */
export function importsOf(module) {
  /** @type {string[]} */
  const found = [];
  withImports(module, (name) => {
    found.push(name);
    return name;
  });
  return found;
}

/** How many functions are imported, and what each is called by its index. @param {Section[]} sections */
function named(sections) {
  /** @type {Map<number, string>} */
  const names = new Map();
  let imported = 0;
  for (const { id, content } of sections) {
    const from = new Reader(content);
    if (id === IMPORTS) {
      for (let left = from.number(); left > 0; left -= 1) {
        from.text();
        from.text();
        if (from.skipImported() === 0) imported += 1;
      }
    }
    if (id !== 0 || from.text() !== "name") continue;
    while (from.at < content.length) {
      const kind = from.number();
      const part = new Reader(from.bytes(from.number()));
      if (kind !== 1) continue;
      for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.text());
    }
  }
  return { imported, names };
}

/** @param {Buffer} module @returns {Section[]} */
function read(module) {
  const from = new Reader(module);
  from.bytes(HEADER_BYTES);
  const sections = [];
  while (from.at < module.length) sections.push({ id: from.number(), content: from.bytes(from.number()) });
  return sections;
}

/** @param {Section[]} sections */
function write(sections) {
  const to = new Writer();
  to.bytes(Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]));
  for (const { id, content } of sections) {
    to.number(id);
    to.sized(content);
  }
  return to.all();
}

class Reader {
  at = 0;

  /** @param {Buffer} content */
  constructor(content) {
    this.content = content;
  }

  /** Unsigned LEB128, up to 32 bits. */
  number() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes(1)[0] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** @param {number} count */
  bytes(count) {
    if (this.at + count > this.content.length) throw new Error("The WebAssembly module ends too early.");
    this.at += count;
    return this.content.subarray(this.at - count, this.at);
  }

  text() {
    return this.bytes(this.number()).toString("utf8");
  }

  /** What an import is, after its names. @returns {number} its kind; 0: a function */
  skipImported() {
    const kind = this.number();
    if (kind === 0) this.number();
    else if (kind === 1 || kind === 2) {
      if (kind === 1) this.bytes(1);
      const limits = this.number();
      this.number();
      if (limits & 1) this.number();
    } else if (kind === 3) this.bytes(2);
    else if (kind === 4) {
      this.bytes(1);
      this.number();
    } else throw new Error(`An import of an unknown kind: ${kind}`);
    return kind;
  }
}

class Writer {
  /** @type {Uint8Array[]} */
  #parts = [];

  /** @param {number} value */
  number(value) {
    const bytes = [];
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    this.#parts.push(Uint8Array.from(bytes));
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    this.#parts.push(bytes);
  }

  /** @param {Uint8Array} bytes */
  sized(bytes) {
    this.number(bytes.length);
    this.bytes(bytes);
  }

  all() {
    return Buffer.concat(this.#parts);
  }
}
