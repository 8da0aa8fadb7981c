// The same JSON in other letters.
import type { Members } from "../draft.ts";
import type { Random } from "../random.ts";

/** White space wherever JSON allows it. Values stay as they are. */
export function spaced(members: Members, r: Random): string {
  const gap = () => Array.from({ length: r.below(3) }, () => r.pick([" ", "\t", "\n", "\r"])).join("");
  const list = members.list.map(([name, value]) => `${gap()}${name}${gap()}:${gap()}${value}${gap()}`);
  return `${gap()}{${list.join(",")}}${gap()}`;
}

/** Some characters of names and of plain texts as `\uXXXX`. */
export function escaped(members: Members, r: Random): string {
  const letters = (text: string) =>
    /^"[\x20-\x7e]*"$/.test(text) && !text.includes("\\")
      ? `"${[...text.slice(1, -1)].map((c) => (r.chance(0.4) ? unicode(c, r) : c)).join("")}"`
      : text;
  return `{${members.list.map(([name, value]) => `${letters(name)}:${letters(value)}`).join(",")}}`;
}

export function unicode(character: string, r: Random): string {
  const hex = character.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${r.chance(0.5) ? hex.toUpperCase() : hex}`;
}
