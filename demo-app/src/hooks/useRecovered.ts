import { useEffect, useRef, useState } from "react";

/** `true` for `milliseconds` after `online` has come back. */
export function useRecovered(online: boolean, milliseconds: number): boolean {
  const wasOffline = useRef(false);
  const [recovered, setRecovered] = useState(false);

  useEffect(() => {
    if (!online) wasOffline.current = true;
    setRecovered(online && wasOffline.current);
    const timer = setTimeout(() => setRecovered(false), milliseconds);
    return () => clearTimeout(timer);
  }, [online, milliseconds]);

  return recovered;
}
