// Tokens of the shape that each issuer of docs/issuers.md documents, and what the upstream receives of their callers.
import { randomUUID } from "node:crypto";

export interface Sample {
  /** The entry's name in the document. */
  entry: string;
  what: string;
  /** Header parameters besides `alg`; a `kid` that is undefined is left out. */
  header: Record<string, unknown>;
  /** Claims besides the dates. */
  claims: Record<string, unknown>;
  /** What the upstream receives. */
  seen: { subject: string; roles?: string; scope?: string; session?: string };
}

const TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const OTHER_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const USER = "7f3d2c1a-9a4b-4c55-8d0f-2f6f1c9be001";
const entra = (iss: string, aud: string, ver: string, tid: string) => ({
  ...{ aud, iss, ver, tid, oid: USER, sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", uti: randomUUID() },
  ...{ acct: 0, scp: "Notes.Read Notes.Write", roles: ["Notes.Admin"], aio: "E2ZgYOjZ", xms_ftd: "x" },
  groups: Array.from({ length: 200 }, () => randomUUID()),
});
export const SAMPLES: readonly Sample[] = [
  ...["JWT", "at+jwt"].map((typ) => ({
    entry: "auth0",
    what: `access token, ${typ}`,
    header: { typ },
    claims: {
      ...{ iss: "https://example.eu.auth0.com/", sub: "auth0|5f7c8ec7c33c6c004bbafe82", azp: "my_client_id" },
      ...{ aud: ["https://api.example.com", "https://example.eu.auth0.com/userinfo"], scope: "openid profile" },
      permissions: ["read:notes", "delete:notes"],
    },
    seen: { subject: "auth0|5f7c8ec7c33c6c004bbafe82", roles: "read:notes delete:notes", scope: "openid profile" },
  })),
  {
    entry: "cognito",
    what: "access token",
    header: {},
    claims: {
      ...{ iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12", sub: USER, version: 2 },
      ...{ client_id: "3n4b5urk1ft4fl3mg5e62d9ado", token_use: "access", scope: "notes/read", username: "ada" },
      ...{ "cognito:groups": ["Billing Admin", "staff"], origin_jti: randomUUID(), event_id: randomUUID() },
      auth_time: Math.floor(Date.now() / 1000),
    },
    seen: { subject: USER, roles: "Billing%20Admin staff", scope: "notes/read" },
  },
  {
    entry: "cognito-id",
    what: "ID token",
    header: {},
    claims: {
      ...{ iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12", sub: USER },
      ...{ aud: "1h57kf5cpq17m0eml12example", token_use: "id", "cognito:username": "ada", "cognito:groups": ["staff"] },
      ...{ email: "ada@example.com", email_verified: true, at_hash: "x" },
    },
    seen: { subject: USER, roles: "staff" },
  },
  {
    entry: "okta",
    what: "access token of a custom authorization server",
    header: {},
    claims: {
      ...{ ver: 1, iss: "https://example.okta.com/oauth2/default", aud: "api://default", cid: "0oabc", uid: "00u1" },
      ...{ scp: ["openid", "notes.read"], sub: "ada@example.com", groups: ["Everyone", "Notes Editors"] },
      auth_time: Math.floor(Date.now() / 1000),
    },
    seen: { subject: "ada@example.com", roles: "Everyone Notes%20Editors", scope: "openid notes.read" },
  },
  {
    entry: "okta-org",
    what: "ID token of the org server",
    header: {},
    claims: {
      ...{ ver: 1, iss: "https://example.okta.com", aud: "0oa1example2client3id", sub: "00uid4BxXw6I6TV4m0g3" },
      ...{ idp: "00o1", amr: ["pwd"], groups: ["Everyone"], at_hash: "x" },
    },
    seen: { subject: "00uid4BxXw6I6TV4m0g3", roles: "Everyone" },
  },
  {
    entry: "entra",
    what: "access token v2 with 200 groups",
    header: { typ: "JWT" },
    claims: entra(
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      "6e74172b-be56-4843-9ff4-e66a39bb12e3",
      "2.0",
      TENANT,
    ),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "entra-v1",
    what: "access token v1 with 200 groups",
    header: { typ: "JWT", x5t: "kg2LYs2T0CTjIfj4rt6JIynen38" },
    claims: entra(`https://sts.windows.net/${TENANT}/`, "api://6e74172b-be56-4843-9ff4-e66a39bb12e3", "1.0", TENANT),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "entra-tenants",
    what: "access token of one of several tenants",
    header: { typ: "JWT" },
    claims: entra(
      `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0`,
      "0f2ff5b6-6f3c-4a0a-bd0e-1d4f4b0a7f11",
      "2.0",
      OTHER_TENANT,
    ),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "google",
    what: "ID token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://accounts.google.com", azp: "1234-web.apps.googleusercontent.com" },
      ...{ aud: "1234-ios.apps.googleusercontent.com", sub: "110169484474386276334", hd: "example.com" },
      ...{ email: "ada@example.com", email_verified: true, name: "Ada Lovelace", locale: "en" },
    },
    seen: { subject: "110169484474386276334" },
  },
  {
    entry: "firebase",
    what: "ID token",
    header: { typ: "JWT" },
    claims: {
      ...{
        iss: "https://securetoken.google.com/example-project",
        aud: "example-project",
        sub: "xYz1",
        user_id: "xYz1",
      },
      ...{ auth_time: Math.floor(Date.now() / 1000), roles: ["editor"] },
      firebase: { identities: { email: ["ada@example.com"] }, sign_in_provider: "password" },
    },
    seen: { subject: "xYz1", roles: "editor" },
  },
  {
    entry: "clerk",
    what: "session token",
    header: { typ: "JWT", cat: "cl_B7d4PD111AAA" },
    claims: {
      ...{
        iss: "https://clerk.example.com",
        azp: "https://admin.example.com",
        sub: "user_2abc",
        sid: "sess_2abc",
        v: 2,
      },
      ...{ sts: "active", fva: [1, -1], pla: "o:free", o: { id: "org_1", rol: "admin", slg: "acme", per: "read" } },
    },
    seen: { subject: "user_2abc", roles: "admin", session: "sess_2abc" },
  },
  {
    entry: "workos",
    what: "access token",
    header: {},
    claims: {
      ...{ iss: "https://api.workos.com/user_management/client_01EXAMPLE", sub: "user_01HBEQ", org_id: "org_01HRDM" },
      ...{ role: "member", roles: ["member"], permissions: ["posts:read", "posts:write"], sid: "session_01HQSX" },
    },
    seen: {
      ...{ subject: "user_01HBEQ", roles: "member", scope: "posts:read posts:write", session: "session_01HQSX" },
    },
  },
  ...["supabase", "supabase-legacy"].map((entry) => ({
    entry,
    what: "access token",
    header: { typ: "JWT", ...(entry === "supabase" ? {} : { kid: "IBZFPqpuE0oC+hnZ" }) },
    claims: {
      ...{ iss: "https://exampleref.supabase.co/auth/v1", aud: "authenticated", sub: USER, role: "authenticated" },
      ...{ email: "ada@example.com", phone: "", aal: "aal1", session_id: randomUUID(), is_anonymous: false },
      ...{ app_metadata: { provider: "email", roles: ["editor"] }, amr: [{ method: "password", timestamp: 1 }] },
    },
    seen: { subject: USER, roles: "editor" },
  })),
  {
    entry: "keycloak",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://id.example.com/realms/acme", aud: ["app.acme.com", "account"], sub: USER, typ: "Bearer" },
      ...{ azp: "notes-web", sid: "2c0b", acr: "1", scope: "openid email", "allowed-origins": ["*"] },
      ...{ realm_access: { roles: ["offline_access"] }, preferred_username: "ada", auth_time: 1_700_000_000 },
      resource_access: { "app.acme.com": { roles: ["editor"] }, account: { roles: ["view-profile"] } },
    },
    seen: { subject: USER, roles: "editor", scope: "openid email", session: "2c0b" },
  },
  ...["JWT", "at+jwt"].map((typ) => ({
    entry: "zitadel",
    what: `access token, ${typ}`,
    header: { typ },
    claims: {
      ...{ iss: "https://acme-x1y2z3.zitadel.cloud", sub: "165460784409546753", client_id: "3129@notes" },
      aud: ["3129@notes", "312909075212468632"],
      "urn:zitadel:iam:org:project:roles": { admin: { 123: "acme.example.com" }, reader: { 123: "acme.example.com" } },
    },
    seen: { subject: "165460784409546753", roles: "admin reader" },
  })),
  {
    entry: "logto",
    what: "access token",
    header: { typ: "at+jwt" },
    claims: {
      ...{ iss: "https://acme.logto.app/oidc", aud: "https://api.example.com", sub: "4j5v8k2m1n0p" },
      ...{ client_id: "app1", scope: "read:notes", roles: ["editor"] },
    },
    seen: { subject: "4j5v8k2m1n0p", roles: "editor", scope: "read:notes" },
  },
  {
    entry: "authentik",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{
        iss: "https://auth.example.com/application/o/notes/",
        aud: "dXyzExampleClientId",
        azp: "dXyzExampleClientId",
      },
      ...{
        sub: "9b5f2b4a",
        groups: ["authentik Admins", "staff"],
        uid: "x",
        acr: "goauthentik.io/providers/oauth2/default",
      },
      ...{ scope: "openid profile", auth_time: 1_700_000_000, amr: ["pwd"] },
    },
    seen: { subject: "9b5f2b4a", roles: "authentik%20Admins staff", scope: "openid profile" },
  },
  {
    entry: "access",
    what: "a user's token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://acme.cloudflareaccess.com", type: "app", identity_nonce: "6ei69kawdKzMIAPF", country: "US" },
      aud: ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"],
      ...{ sub: "7335d417-61da-459d-899c-0a01c76a2f94", email: "ada@example.com" },
    },
    seen: { subject: "7335d417-61da-459d-899c-0a01c76a2f94" },
  },
  {
    entry: "access",
    what: "a service's token",
    header: {},
    claims: {
      ...{
        iss: "https://acme.cloudflareaccess.com",
        type: "app",
        common_name: "e367826f93b8d71185e03fe518aff3b4.access",
      },
      ...{ aud: ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"], sub: "" },
    },
    seen: { subject: "e367826f93b8d71185e03fe518aff3b4.access" },
  },
  {
    entry: "github",
    what: "ID token of a workflow",
    header: { typ: "JWT", x5t: "ykNaY4qM_ta4k2TgZOCEYLkcYlA" },
    claims: {
      ...{ iss: "https://token.actions.githubusercontent.com", aud: "https://api.example.com", ref: "refs/heads/main" },
      ...{ sub: "repo:octo-org/octo-repo:ref:refs/heads/main", repository: "octo-org/octo-repo", run_attempt: "1" },
      ...{ job_workflow_ref: "octo-org/octo-repo/.github/workflows/x.yml@refs/heads/main", actor: "octocat" },
    },
    seen: { subject: "repo:octo-org/octo-repo:ref:refs/heads/main", roles: "octo-org/octo-repo" },
  },
  {
    entry: "cluster",
    what: "a service account's token",
    header: {},
    claims: {
      iss: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
      ...{ aud: ["https://api.example.com"], sub: "system:serviceaccount:shop:orders" },
      "kubernetes.io": { namespace: "shop", pod: { name: "orders-1", uid: USER }, warnafter: 1_700_000_000 },
    },
    seen: { subject: "system:serviceaccount:shop:orders" },
  },
  {
    entry: "hydra",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://hydra.example.com/", aud: ["https://api.example.com"], client_id: "notes", ext: {} },
      ...{ sub: "ada@example.com", scp: ["openid", "notes"] },
    },
    seen: { subject: "ada@example.com", scope: "openid notes" },
  },
];
