export const handler = async () => ({ applied: 13 });
