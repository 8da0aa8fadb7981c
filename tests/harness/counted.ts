// A factory that counts its clients and records what happened to them.
import type { AuthClient } from "latchkey-auth";
import { type FakeServiceOptions, fakeService } from "latchkey-auth/testing";

export const ADA = { email: "ada@example.com", password: "correct horse battery staple" };

export function countedService(options: FakeServiceOptions = {}) {
  const service = fakeService({ users: [ADA], api: () => new Response("hello"), ...options });
  const made: AuthClient[] = [];
  const disposed: AuthClient[] = [];
  const create = async (): Promise<AuthClient> => {
    const client = await service.createClient();
    const { dispose } = client;
    made.push(client);
    return Object.defineProperty(client, "dispose", {
      value: () => {
        disposed.push(client);
        dispose();
      },
    });
  };
  return { service, made, disposed, create };
}
