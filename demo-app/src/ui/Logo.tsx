/** A keyhole in its plate. Decorative: wherever it stands, words say the rest. */
export function Logo({ className = "" }: { className?: string }) {
  return (
    <svg className={`logo ${className}`} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="logo-plate" width="32" height="32" rx="8" />
      <path
        className="logo-hole"
        d="M16 6.5a5.75 5.75 0 0 0-2.9 10.72L11.4 25.5h9.2l-1.7-8.28A5.75 5.75 0 0 0 16 6.5Z"
      />
    </svg>
  );
}
