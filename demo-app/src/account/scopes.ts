/** The scopes of wrangler.toml, which an API key or a connected app can have, in words. */
export const SCOPES = {
  "notes:read": "Read your notes",
  "notes:write": "Add and remove notes",
} as const;

export type DemoScope = keyof typeof SCOPES;

/** A scope in words, or its name if no words are known. */
export function scopeInWords(scope: string): string {
  return Object.hasOwn(SCOPES, scope) ? SCOPES[scope as DemoScope] : scope;
}
