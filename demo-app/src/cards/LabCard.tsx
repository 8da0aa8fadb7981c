/** The way to the lab, which has its own page. */
export function LabCard() {
  return (
    <section className="card lab-card" aria-labelledby="lab-card-title">
      <div className="lab-card-text">
        <h2 id="lab-card-title" className="lab-card-title">
          Sessions or JWTs?
        </h2>
        <p className="account-note">
          Watch a session, a pure JWT, a JWT with a bound and a strict one side by side: what each costs per request,
          and for how many milliseconds it still works after a ban. Measured now, on this machine.
        </p>
      </div>
      <a className="button button-primary" href="/lab">
        Open the lab
      </a>
    </section>
  );
}
