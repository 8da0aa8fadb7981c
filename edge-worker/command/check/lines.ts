// The line of a value in a configuration file. Pure. The parser of TOML gives no positions, so they are found in the
// text: exact for tables and keys that have lines of their own, and otherwise the line of what contains them.
import { findNodeAtLocation, parseTree } from "jsonc-parser";

type Path = readonly (string | number)[];

/** @param path Such as `env.production.routes[1].path`. @returns counted from 1; undefined if nothing of the path was found. */
export function lineOf(name: string, text: string, path: string): number | undefined {
  const segments = segmentsOf(path);
  return /\.jsonc?$/.test(name) ? lineInJson(text, segments) : lineInToml(text, segments);
}

const segmentsOf = (path: string): Path =>
  [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? "") : Number(index),
  );

function lineInJson(text: string, path: Path): number | undefined {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (!root) return undefined;
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, [...path.slice(0, length)]);
    if (node) return text.slice(0, node.offset).split("\n").length;
  }
  return undefined;
}

function lineInToml(text: string, path: Path): number | undefined {
  /** How often each list of tables has begun. */
  const counts = new Map<string, number>();
  let table: Path = [];
  let best: { length: number; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]/.exec(line);
    const key = /^\s*([\w."'-]+)\s*=/.exec(line);
    if (header) table = tablePath(keysOf(header[2] ?? ""), header[1] === "[[", counts);
    const here = header ? table : key ? [...table, ...keysOf(key[1] ?? "")] : undefined;
    if (!here || here.length > path.length || here.some((segment, i) => segment !== path[i])) continue;
    if (here.length > (best?.length ?? 0)) best = { length: here.length, line: index + 1 };
  }
  return best?.line;
}

/** Adds the place in each list of tables on the way: `[[routes]]`, and `[routes.x]` inside its latest table. */
function tablePath(keys: readonly string[], isList: boolean, counts: Map<string, number>): Path {
  const path: (string | number)[] = [];
  for (const [i, key] of keys.entries()) {
    path.push(key);
    const name = JSON.stringify(path);
    if (isList && i === keys.length - 1) counts.set(name, (counts.get(name) ?? 0) + 1);
    const count = counts.get(name);
    if (count !== undefined) path.push(count - 1);
  }
  return path;
}

/** The parts of a dotted key; a part in quotes may contain dots. */
const keysOf = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
