/** A latchkey, drawn in outline. */
export function KeyDrawing() {
  return (
    <svg className="key-drawing" viewBox="0 0 440 132" aria-hidden="true" focusable="false">
      <circle cx="66" cy="66" r="58" />
      <circle cx="42" cy="66" r="16" />
      <path d="M121.7 50H412l20 16-12 16h-14l-10 12-12-12h-22l-14 18-14-18h-20l-8 10-8-10h-28l-14 18-14-18h-20l-10 12-10-12H121.7" />
      <path className="key-drawing-groove" d="M138 63H404M66 22a44 44 0 0 1 0 88" />
    </svg>
  );
}
