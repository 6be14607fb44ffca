// The OpenID provider of the tests (end2end/oidc), one process per world.

import { join } from 'node:path';
import { Background, answers, freePort } from './background.ts';

export interface Provider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  stop(): Promise<void>;
}

const SERVER = new URL('../../oidc/server.mjs', import.meta.url).pathname;

export async function startProvider(directory: string, publicUrl: string): Promise<Provider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const clientId = 'lockkeeper';
  const clientSecret = 'a-secret-of-the-tests';
  const server = Background.start({
    command: process.execPath,
    args: [SERVER],
    env: { PORT: String(port), CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, PUBLIC_URL: publicUrl },
    log: join(directory, 'provider.log'),
  });
  await server.until(() => answers(`${issuer}/.well-known/openid-configuration`));
  return { issuer, clientId, clientSecret, stop: () => server.stop() };
}
