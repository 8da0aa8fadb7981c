import { KeyDrawing } from "../ui/KeyDrawing.tsx";

/** What the demo shows, for first-time visitors. */
export function Pitch() {
  return (
    <section className="pitch" aria-labelledby="pitch-title">
      <KeyDrawing />
      <h2 id="pitch-title" className="pitch-title">
        Stay signed in, without a token lying around.
      </h2>
      <dl className="pitch-facts">
        <div>
          <dt>Kept in the vault</dt>
          <dd>The access token lives in WebAssembly memory. The package has no call that hands it out.</dd>
        </div>
        <div>
          <dt>Checked at the gate</dt>
          <dd>A Worker verifies every call and tells the API who is asking.</dd>
        </div>
        <div>
          <dt>Yours to take back</dt>
          <dd>Every browser you are signed in with is on a list, and you can end each of them.</dd>
        </div>
      </dl>
    </section>
  );
}
