// As much of CBOR as an authenticator writes, also in forms that it must not write.

export type Item = number | string | Buffer | boolean | Raw | [Item, Item][];

/** Bytes that are written as they are. */
export class Raw {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

export function encode(item: Item): Buffer {
  if (item instanceof Raw) return item.bytes;
  if (typeof item === "boolean") return Buffer.of(item ? 0xf5 : 0xf4);
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") return Buffer.concat([head(3, Buffer.byteLength(item)), Buffer.from(item)]);
  if (Buffer.isBuffer(item)) return Buffer.concat([head(2, item.length), item]);
  return Buffer.concat([head(5, item.length), ...item.flatMap(([name, value]) => [encode(name), encode(value)])]);
}

/** The first part of an item, in its shortest form. */
export function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.of((major << 5) | argument);
  if (argument < 2 ** 8) return Buffer.of((major << 5) | 24, argument);
  const bytes = Buffer.alloc(argument < 2 ** 16 ? 3 : 5);
  bytes[0] = (major << 5) | (bytes.length === 3 ? 25 : 26);
  bytes.writeUIntBE(argument, 1, bytes.length - 1);
  return bytes;
}
