import type { AuthClient, User } from "latchkey-auth";
import { useState } from "react";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { DeleteAccount } from "./DeleteAccount.tsx";

interface AccountCardProps {
  user: User;
  deleteAccount: AuthClient["deleteAccount"];
  reauthenticate: AuthClient["reauthenticate"];
}

/** Whose account it is, and the way to be rid of it. */
export function AccountCard({ user, deleteAccount, reauthenticate }: AccountCardProps) {
  const [asking, setAsking] = useState(false);

  return (
    <Card title="Account">
      <p className="account-note">
        Deleting your account signs you out on every device and frees <strong>{user.email}</strong>. There is no way
        back.
      </p>
      <div className="button-row">
        <Button look="danger" aria-haspopup="dialog" onClick={() => setAsking(true)}>
          Delete account
        </Button>
      </div>
      {asking && (
        <DeleteAccount
          email={user.email}
          deleteAccount={deleteAccount}
          reauthenticate={reauthenticate}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}
