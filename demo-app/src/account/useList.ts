import { isAuthError } from "latchkey-auth";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { messageOf } from "../auth/messages.ts";

/** A list of the service's. */
export interface List<Item> {
  /** `null` until it has been loaded. */
  readonly items: readonly Item[] | null;
  /** The service is configured without it. */
  readonly isAbsent: boolean;
  /** Why it could not be loaded, in words; `null` if it could. */
  readonly failure: string | null;
  readonly load: () => Promise<void>;
  /** For the element around the list (`tabIndex={-1}`): it gets the focus that an item had which is not there any more. */
  readonly region: RefObject<HTMLDivElement | null>;
}

/** Loads a list at first, and whenever `load` is called. `read` must always be the same function. */
export function useList<Item>(read: () => Promise<readonly Item[]>): List<Item> {
  const [items, setItems] = useState<readonly Item[] | null>(null);
  const [isAbsent, setAbsent] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const load = useCallback(async () => {
    try {
      setItems(await read());
      setFailure(null);
    } catch (thrown) {
      if (isAuthError(thrown) && thrown.code === "not_found") setAbsent(true);
      else setFailure(messageOf(thrown));
    }
  }, [read]);

  useEffect(() => {
    void load();
  }, [load]);

  const region = useRef<HTMLDivElement>(null);
  const length = useRef(0);
  useEffect(() => {
    const isShorter = (items?.length ?? 0) < length.current;
    length.current = items?.length ?? 0;
    if (isShorter && document.activeElement === document.body) region.current?.focus();
  }, [items]);

  return { items, isAbsent, failure, load, region };
}
