import { useRecovered } from "../hooks/useRecovered.ts";

/** Says that the service can't be reached, and for a moment that it can be again. */
export function StatusBanner({ online }: { online: boolean }) {
  const recovered = useRecovered(online, 3000);
  return (
    <div className="banner-slot" role="status">
      {!online && (
        <p className="banner banner-offline" data-testid="status-banner">
          The service can't be reached. You stay signed in; trying again…
        </p>
      )}
      {recovered && <p className="banner banner-online">The service is back.</p>}
    </div>
  );
}
