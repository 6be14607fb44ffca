// One handler for every route of the example: enough to answer, small enough to read.
export const handler = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ route: event.routeKey ?? null, environment: process.env.ENVIRONMENT, entries: [] }),
});
