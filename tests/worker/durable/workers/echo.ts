// An API behind a service binding that returns the identity it received.
export default {
  fetch: (request: Request) => Response.json({ subject: request.headers.get("latchkey-subject") }),
};
