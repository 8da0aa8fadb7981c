// A Worker of the deployer's own that sends mails: it passes them on to the test.
export default {
  async fetch(request: Request, env: { FROM: string }): Promise<Response> {
    return fetch(`${env.FROM}/mail`, { method: "POST", body: await request.text() });
  },
};
