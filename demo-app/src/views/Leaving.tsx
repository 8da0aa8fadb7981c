import { useEffect } from "react";
import { Splash } from "./Splash.tsx";

/** Goes on to the page of the service that needed a signed-in user, for a client of another party. */
export function Leaving({ page }: { page: string }) {
  useEffect(() => location.replace(page), [page]);
  return <Splash />;
}
