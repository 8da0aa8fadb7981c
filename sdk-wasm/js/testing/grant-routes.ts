// What the user has permitted clients of other parties by OAuth. A test states them.
import { DONE, type Routes } from "./asked.js";
import { Refusal } from "./problem.js";

export const grantRoutes: Routes = {
  "GET /auth/grants": ({ backend, token }) => {
    const { grants } = backend.sessions.of(token).account;
    return { status: 200, body: { grants } };
  },

  "DELETE /auth/grants/{id}": ({ backend, token, id }) => {
    const { account } = backend.sessions.of(token);
    if (!account.grants.some((grant) => grant.id === id)) throw new Refusal("not_found");
    account.grants = account.grants.filter((grant) => grant.id !== id);
    return DONE;
  },
};
