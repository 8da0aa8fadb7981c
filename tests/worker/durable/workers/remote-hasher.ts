// In the place of the class whose objects compute long hashes: forwards the call to another process.
export class Hasher {
  readonly #to: string;
  constructor(_: unknown, env: { TO: string }) {
    this.#to = env.TO;
  }
  async fetch(request: Request): Promise<Response> {
    return fetch(this.#to, { method: "POST", body: await request.text() });
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
