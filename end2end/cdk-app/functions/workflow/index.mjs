export const handler = async (event) => ({ ...event, step: process.env.STEP });
