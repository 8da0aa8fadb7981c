/** A latchkey, drawn in outline. */
export function KeyDrawing() {
  return (
    <svg className="key-drawing" viewBox="0 0 440 132" aria-hidden="true" focusable="false">
      <path d="M118 50H408l22 17-12 13h-16l-10 12-12-12h-20l-14 18-14-18h-24l-8 10-8-10h-26l-12 16-12-16h-18l-10 10-10-10h-36" />
      <circle cx="66" cy="66" r="58" />
      <circle cx="44" cy="66" r="17" />
      <path className="key-drawing-groove" d="M136 62H410" />
      <path className="key-drawing-groove" d="M66 22a44 44 0 0 1 0 88" />
    </svg>
  );
}
