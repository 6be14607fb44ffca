// The OpenID provider of the tests (end2end/oidc), one process per world. It ends when its standard input closes, and
// so with this process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Provider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  stop(): Promise<void>;
}

const SERVER = new URL('../../oidc/server.mjs', import.meta.url).pathname;

export async function startProvider(directory: string, publicUrl: string): Promise<Provider> {
  const log = openSync(join(directory, 'provider.log'), 'a');
  const server = spawn(process.execPath, [SERVER, '--port', '0'], { stdio: ['pipe', 'pipe', log], detached: true });
  closeSync(log);
  const { stdin, stdout } = server;
  if (!stdin || !stdout) throw new Error('the provider has no pipes');
  const exited = once(server, 'exit');
  const lines = createInterface({ input: stdout });
  const [line] = (await Promise.race([once(lines, 'line'), exited])) as [unknown];
  if (typeof line !== 'string') throw new Error('the provider ended early: see provider.log');
  const { issuer } = JSON.parse(line) as { issuer: string };
  const client = { public_url: publicUrl, backchannel_url: `${publicUrl}/logout/backchannel` };
  const answer = await fetch(`${issuer}/test/client`, { method: 'POST', body: JSON.stringify(client) });
  if (!answer.ok) throw new Error(`the provider took no client: ${await answer.text()}`);
  return {
    issuer,
    clientId: 'lockkeeper',
    clientSecret: 'a secret/with:odd+chars',
    stop: async () => {
      stdin.end();
      await exited;
    },
  };
}
