/** The bounds for which wrangler.toml has a route, in seconds. */
export const BOUNDS: readonly number[] = [1, 2, 5, 10, 30, 60];

export const KINDS = ["session", "none", "bound", "strict"] as const;
export type Kind = (typeof KINDS)[number];

/** One way to authenticate the same calls. */
export interface Column {
  readonly kind: Kind;
  readonly title: string;
  /** The route's configuration. */
  readonly route: string;
  readonly path: string;
  readonly credential: "cookie" | "token";
  /** What the service promises about a revoked credential. */
  readonly states: string;
}

/** The four columns; `bound` in seconds, one of {@link BOUNDS}. */
export function columnsFor(bound: number): readonly Column[] {
  return [
    {
      kind: "session",
      title: "Session",
      route: 'access = "session"',
      path: "/lab/api/session",
      credential: "cookie",
      states: "at once",
    },
    {
      kind: "none",
      title: "Pure JWT",
      route: 'revocation = "none"',
      path: "/lab/api/none",
      credential: "token",
      states: "when it expires",
    },
    {
      kind: "bound",
      title: `JWT, ${bound} s bound`,
      route: `revocation = "${bound}s"`,
      path: `/lab/api/${bound}s`,
      credential: "token",
      states: `within ${bound} s`,
    },
    {
      kind: "strict",
      title: "JWT, strict",
      route: 'revocation = "strict"',
      path: "/lab/api/strict",
      credential: "token",
      states: "at once",
    },
  ];
}
