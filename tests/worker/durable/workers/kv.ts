// The service behind a KV namespace of the local runtime: it gets a key's value by GET from a server of the
// test.
export default {
  fetch: (request: Request, env: { FROM: string }) => fetch(env.FROM + new URL(request.url).pathname),
};
