import { moment } from "../../format/time.ts";
import { Button } from "../../ui/Button.tsx";
import type { AccountSide } from "./account-side.ts";
import { Table } from "./Table.tsx";

interface AccountTablesProps {
  side: AccountSide;
  /** The visitor's present session. */
  session: string;
  onLook: () => void;
}

const at = (seconds: number) => moment(seconds * 1000);
const short = (id: string) => `${id.slice(0, 8)}…`;

/** What the service keeps: families, events, revocations and keys. */
export function AccountTables({ side, session, onLook }: AccountTablesProps) {
  const { families, events, revocations, others, keys } = side;
  return (
    <section className="card" aria-labelledby="side-title" data-testid="account-side">
      <div className="side-head">
        <h2 id="side-title" className="card-title">
          The account's side
        </h2>
        <Button onClick={onLook}>Look again</Button>
      </div>
      <Table
        title="Families: one for each session, with the generation of its refresh token"
        heads={["Family", "Generation", "Last used", "Idle expiry", "Ended"]}
        rows={families.map((family) => [
          family.id === session ? `${short(family.id)} (this one)` : short(family.id),
          String(family.generation),
          at(family.last_used_at),
          at(family.idle_expires_at),
          family.ended_at === null ? "no" : `${at(family.ended_at)}, ${family.end_reason ?? ""}`,
        ])}
      />
      <Table
        title="Events: the newest ten"
        heads={["Event", "By", "At"]}
        rows={events.map((event) => [event.event, event.by, at(event.at)])}
      />
      <Table
        title={`Revocation list: your entries; ${others} of other users`}
        heads={["Revoked", "Id", "Until"]}
        rows={revocations.map(({ kind, id, until }) => [kind, short(id), at(until)])}
      />
      <Table
        title="Keys of the service, without their private parts"
        heads={["Key", "Purpose", "State", "Published"]}
        rows={keys.map(({ id, purpose, state, published_at }) => [short(id), purpose, state, at(published_at)])}
      />
    </section>
  );
}
