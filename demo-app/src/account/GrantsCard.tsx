import type { Grant } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { useId, useState } from "react";
import { moment, since } from "../format/time.ts";
import { useNow } from "../hooks/useNow.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Confirm } from "../ui/Confirm.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Outcome } from "./Outcome.tsx";
import { scopeInWords } from "./scopes.ts";
import { useAction } from "./useAction.ts";
import { useList } from "./useList.ts";

/** The clients of other parties that the user has connected, and the end of each connection. */
export function GrantsCard() {
  const { grants } = useAuth();
  const action = useAction();
  const { items, isAbsent, failure, load, region } = useList<Grant>(grants.list);

  const withdraw = async ({ id, client }: Grant) => {
    if (await action.run(() => grants.withdraw(id), `${client.name} is disconnected.`)) await load();
  };

  if (isAbsent) return null;
  return (
    <Card title="Connected apps" aside={items && items.length > 0 && <span className="count">{items.length}</span>}>
      <p className="account-note">Apps of other companies or people that you have permitted to act for you.</p>
      {failure !== null && <Notice tone="error">{failure}</Notice>}
      <div ref={region} tabIndex={-1}>
        {items &&
          (items.length > 0 ? (
            <ul className="items" data-testid="grants-list">
              {items.map((grant) => (
                <GrantRow key={grant.id} grant={grant} withdraw={() => void withdraw(grant)} />
              ))}
            </ul>
          ) : (
            <p className="empty">No app is connected.</p>
          ))}
      </div>
      <Outcome action={action} />
    </Card>
  );
}

function GrantRow({ grant, withdraw }: { grant: Grant; withdraw: () => void }) {
  const { client, scopes, resource, createdAt, lastUsedAt } = grant;
  const now = useNow(30_000);
  const [asking, setAsking] = useState(false);
  const nameId = useId();
  return (
    <li className="item">
      <div className="item-body">
        <p className="item-name">
          <span id={nameId}>{client.name}</span>
          {client.host && <span className="item-facts">{client.host}</span>}
        </p>
        {scopes.length > 0 && <p className="item-facts">{scopes.map(scopeInWords).join(" · ")}</p>}
        {resource && <p className="item-facts">At {resource}</p>}
        <p className="item-facts" title={moment(createdAt)}>
          Connected {since(createdAt, now)}
          {lastUsedAt === undefined ? "" : `, used ${since(lastUsedAt, now)}`}
        </p>
      </div>
      <Button look="quiet" aria-describedby={nameId} onClick={() => setAsking(true)}>
        Disconnect
      </Button>
      {asking && (
        <Confirm
          title="Disconnect this app?"
          yes="Yes, disconnect"
          no="Keep it"
          onAnswer={(yes) => {
            setAsking(false);
            if (yes) withdraw();
          }}
        >
          {client.name} can no longer act for you. If it asks again, you decide again.
        </Confirm>
      )}
    </li>
  );
}
