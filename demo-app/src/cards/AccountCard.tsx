import type { AuthClient, User } from "latchkey-auth";
import { useState } from "react";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { DeleteAccount } from "./DeleteAccount.tsx";

interface AccountCardProps {
  user: User;
  deleteAccount: AuthClient["deleteAccount"];
}

/** Deletes the account. */
export function AccountCard({ user, deleteAccount }: AccountCardProps) {
  const [asking, setAsking] = useState(false);

  return (
    <Card title="Delete account">
      <p className="account-note">
        Deleting your account signs you out on every device
        {user.email !== "" && (
          <>
            {" "}
            and frees <strong>{user.email}</strong>
          </>
        )}
        . This cannot be undone.
      </p>
      <div className="button-row">
        <Button look="danger" aria-haspopup="dialog" onClick={() => setAsking(true)}>
          Delete account
        </Button>
      </div>
      {asking && <DeleteAccount user={user} deleteAccount={deleteAccount} onClose={() => setAsking(false)} />}
    </Card>
  );
}
