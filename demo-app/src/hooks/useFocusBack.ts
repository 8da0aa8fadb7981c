import { type RefObject, useEffect, useRef } from "react";

/**
 * For the element that takes the place of something that had the focus: a form that is closed, a row that is removed.
 * Moves the focus there when `isOpen` becomes false, unless the focus is somewhere already.
 */
export function useFocusBack<Element extends HTMLElement>(isOpen: boolean): RefObject<Element | null> {
  const target = useRef<Element>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen && document.activeElement === document.body) target.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return target;
}
