// A token in the making. Header and payload are lists of members whose names and values are JSON texts, so that
// whatever can be written can be signed: duplicates, odd spellings, what is no JSON at all.
import type { Key } from "./keys.ts";
import type { Random } from "./random.ts";
import type { PolicyName, World } from "./world.ts";

export const b64 = (bytes: Buffer | string) => Buffer.from(bytes).toString("base64url");

export class Members {
  list: [name: string, value: string][] = [];

  static of(members: Record<string, unknown>): Members {
    const made = new Members();
    for (const [name, value] of Object.entries(members)) made.set(name, value);
    return made;
  }

  /** In place, or at the end. */
  set(name: string, value: unknown): this {
    return this.raw(name, JSON.stringify(value));
  }

  /** The same with the value's text. */
  raw(name: string, text: string): this {
    const found = this.list.find(([known]) => known === JSON.stringify(name));
    if (found) found[1] = text;
    else this.list.push([JSON.stringify(name), text]);
    return this;
  }

  /** One more member, whatever there is already; both texts as they are. */
  add(name: string, value: string, at = this.list.length): this {
    this.list.splice(at, 0, [name, value]);
    return this;
  }

  remove(name: string): this {
    this.list = this.list.filter(([known]) => known !== JSON.stringify(name));
    return this;
  }

  /** The value's text. */
  get(name: string): string {
    return this.list.find(([known]) => known === JSON.stringify(name))?.[1] ?? "";
  }

  text(): string {
    return `{${this.list.map(([name, value]) => `${name}:${value}`).join(",")}}`;
  }
}

export class Draft {
  readonly world: World;
  readonly random: Random;
  readonly policy: PolicyName;
  readonly now: number;
  key: Key;
  header: Members;
  payload: Members;
  /** What is encoded, if not the members' text. */
  headerBytes: Buffer | string | undefined;
  payloadBytes: Buffer | string | undefined;

  constructor(world: World, random: Random, policy: PolicyName) {
    this.world = world;
    this.random = random;
    this.policy = policy;
    this.now = world.now;
    this.key = world.pickKey(policy, random);
    const { issuer, audience } = world.policies[policy];
    const typ = policy === "shared" ? {} : { typ: "at+jwt" };
    this.header = Members.of({ alg: this.key.alg, ...typ, kid: this.key.kid });
    if (policy === "shared") this.header.remove("kid");
    this.payload = Members.of({
      iss: issuer,
      sub: random.word(),
      aud: audience,
      client_id: "c",
      iat: this.now - random.between(0, 200),
      exp: this.now + random.between(1, 300),
      jti: random.word(22),
      sid: random.word(22),
      epoch: random.below(5),
      roles: Array.from({ length: random.below(3) }, () => random.word(6)),
      scope: random.chance(0.5) ? "read write" : "",
    });
  }

  headerPart(): string {
    return b64(this.headerBytes ?? this.header.text());
  }

  payloadPart(): string {
    return b64(this.payloadBytes ?? this.payload.text());
  }

  signature(input: string): Buffer {
    return this.key.sign(Buffer.from(input));
  }

  /** Signed as it stands, with these parts if they are given. */
  token(header = this.headerPart(), payload = this.payloadPart()): string {
    const input = `${header}.${payload}`;
    return `${input}.${b64(this.signature(input))}`;
  }

  /** Signed, and then with another signature. */
  signedBy(change: (signature: Buffer, input: string) => Buffer): string {
    const input = `${this.headerPart()}.${this.payloadPart()}`;
    return `${input}.${b64(change(this.signature(input), input))}`;
  }
}
