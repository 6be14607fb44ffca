// The four steps of a Secrets Manager rotation, as far as the example goes: it says which one it was asked for.
export const handler = async ({ Step: step, SecretId: secret }) => ({ step, secret });
