// An API behind a service binding that returns the headers it received.
export default {
  fetch: (request: Request) => Response.json(Object.fromEntries(request.headers)),
};
