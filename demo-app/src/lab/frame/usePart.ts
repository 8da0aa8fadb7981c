import { useSyncExternalStore } from "react";
import type { Part } from "../parts.ts";

/** The part that the fragment of the page's address names before the first `&`, or the first part. */
export function usePart([first, ...others]: readonly [Part, ...Part[]]): Part {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return others.find(({ id }) => hash.split("&")[0] === `#${id}`) ?? first;
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
