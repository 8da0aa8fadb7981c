import { isAuthError, type User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useId } from "react";
import { Field } from "../sign-in/Field.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Outcome } from "./Outcome.tsx";
import { useAction } from "./useAction.ts";

/** The languages of the service's mails. */
const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", ja: "日本語" };

/** What the user tells about themselves. */
export function ProfileCard({ user: { profile = {} } }: { user: User }) {
  const { updateProfile } = useAuth();
  const action = useAction(pictureProblem);
  const id = useId();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim() || null;
    const change = { name: text("name"), picture: text("picture"), locale: text("locale") };
    if (!action.pending) void action.run(() => updateProfile(change), "Your profile was saved.");
  }

  return (
    <Card title="Profile">
      <form className="form" data-testid="profile-form" noValidate onSubmit={onSubmit}>
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          defaultValue={profile.name}
          problem={null}
          required={false}
        />
        <Field
          label="Web address of a picture"
          name="picture"
          type="url"
          placeholder="https://"
          autoComplete="photo"
          defaultValue={profile.picture}
          problem={null}
          required={false}
        />
        <div className="field">
          <label className="field-label" htmlFor={id}>
            Language of your mails
          </label>
          <select id={id} className="input" name="locale" defaultValue={profile.locale ?? ""}>
            <option value="">The language of your browser</option>
            {Object.entries(LANGUAGES).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <Outcome action={action} />
        <div className="button-row">
          <Button look="primary" type="submit" pending={action.pending}>
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** What is said about an address that can't be that of a picture; `null` for any other error. */
function pictureProblem(error: unknown): string | null {
  if (!isAuthError(error) || error.field !== "picture") return null;
  return "The picture needs a web address that begins with https://. Leave the field empty if you want none.";
}
