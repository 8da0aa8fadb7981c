// The internet, as far as the Worker's `fetch` reaches it: it passes each request on to the test, with its URL.
export default {
  async fetch(request: Request, env: { FROM: string }): Promise<Response> {
    const { url, method } = request;
    const asked = { url, method, headers: Object.fromEntries(request.headers), body: await request.text() };
    const answer = await fetch(`${env.FROM}/outside`, { method: "POST", body: JSON.stringify(asked) });
    return new Response(await answer.text(), {
      status: answer.status,
      headers: { "Content-Type": "application/json" },
    });
  },
};
