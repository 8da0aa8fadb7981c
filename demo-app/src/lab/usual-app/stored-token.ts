/** The name in `localStorage` under which the app of the frame keeps its access token. */
const NAME = "access_token";

export const storedToken = (): string | null => localStorage.getItem(NAME);

export const storeToken = (token: string): void => localStorage.setItem(NAME, token);

/** Called by the lab's page, whose storage is the same: the token is of a throw-away user, and not needed any more. */
export const forgetToken = (): void => localStorage.removeItem(NAME);
