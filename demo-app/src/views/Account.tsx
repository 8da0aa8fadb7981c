import type { SignInMethods, User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { useEffect, useState } from "react";
import { ApiKeysCard } from "../account/ApiKeysCard.tsx";
import { EmailCard } from "../account/EmailCard.tsx";
import { GrantsCard } from "../account/GrantsCard.tsx";
import type { MailLink } from "../account/mail-link.ts";
import { PasskeysCard } from "../account/PasskeysCard.tsx";
import { PasswordCard } from "../account/PasswordCard.tsx";
import { ProfileCard } from "../account/ProfileCard.tsx";
import { ProvidersCard } from "../account/ProvidersCard.tsx";
import { SecondFactorCard } from "../account/SecondFactorCard.tsx";
import { AccountCard } from "../cards/AccountCard.tsx";

/** What the user can change about the account. */
export function Account({ user, link }: { user: User; link: MailLink | null }) {
  const { deleteAccount } = useAuth();
  const offered = useOffered();
  return (
    <>
      <div className="board-column">
        <ProfileCard user={user} />
        {offered?.emailCode && <EmailCard key={link?.code} user={user} link={link} />}
        <PasswordCard user={user} />
      </div>
      <div className="board-column">
        {offered?.passkey && <PasskeysCard />}
        <SecondFactorCard user={user} />
        {offered && offered.providers.length > 0 && <ProvidersCard offered={offered.providers} />}
        <ApiKeysCard user={user} />
        <GrantsCard />
        <AccountCard user={user} deleteAccount={deleteAccount} />
      </div>
    </>
  );
}

/** What the service offers; `null` until it is known. */
function useOffered(): SignInMethods | null {
  const { methods } = useAuth();
  const [offered, setOffered] = useState<SignInMethods | null>(null);
  useEffect(() => {
    // Without an answer, what depends on it is not shown.
    methods().then(setOffered, () => {});
  }, [methods]);
  return offered;
}
