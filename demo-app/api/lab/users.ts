import { Problem } from "../problem.ts";
import { refusedBy, type Service } from "./service.ts";

/** The role that the lab's users begin with, and the one that replaces it. */
export const OLD_ROLE = "editor";
export const NEW_ROLE = "viewer";

/** A throw-away user. The visitor's own account is never touched. */
export interface LabUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

/** Creates a user for this visitor. */
export async function createUser(service: Service, secret: string, visitor: string): Promise<LabUser> {
  const email = `${prefixFor(visitor)}${crypto.randomUUID().slice(0, 8)}@lab.invalid`;
  const password = await passwordOf(email, secret);
  const password_hash = await hashOf(password);
  const response = await service.admin("POST", "/admin/users", { email, roles: [OLD_ROLE], password_hash });
  if (response.status !== 201) throw await refusedBy(response, "POST /admin/users");
  const { user } = (await response.json()) as { user: { id: string } };
  return { id: user.id, email, password };
}

/** One of this visitor's own lab users; any other account is not found. */
export async function findUser(service: Service, secret: string, visitor: string, id: string): Promise<LabUser> {
  const response = await service.admin("GET", `/admin/users/${encodeURIComponent(id)}`);
  if (response.status !== 200) throw new Problem("not_found");
  const { email } = (await response.json()) as { email: string };
  if (!email.startsWith(prefixFor(visitor)) || !email.endsWith("@lab.invalid")) throw new Problem("not_found");
  return { id, email, password: await passwordOf(email, secret) };
}

export async function deleteUser(service: Service, id: string): Promise<void> {
  const response = await service.admin("DELETE", `/admin/users/${id}`);
  await response.body?.cancel();
}

const prefixFor = (visitor: string) => `lab.${visitor.slice(0, 16).toLowerCase()}.`;

/** Derived, so that the demo stores nothing about the lab's users. */
async function passwordOf(email: string, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return base64(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(email))));
}

/** A hash that the service imports (docs/imports.md). The first sign-in replaces it by Argon2id. */
async function hashOf(password: string): Promise<string> {
  const iterations = 1000;
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const derived = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
  return `$pbkdf2-sha256$i=${iterations},l=32$${base64(salt)}$${base64(new Uint8Array(derived))}`;
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
