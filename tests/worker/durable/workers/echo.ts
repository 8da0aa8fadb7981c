// An API behind a service binding that says who it was told is calling.
export default {
  fetch: (request: Request) => Response.json({ subject: request.headers.get("latchkey-subject") }),
};
