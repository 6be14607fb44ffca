// AWS, as far as the tests need it: one emulator process per world, with an account of its own.

import { join } from 'node:path';
import { Background, answers, freePort } from './background.ts';
import { required } from './settings.ts';

export interface Emulator {
  url: string;
  stop(): Promise<void>;
}

export async function startEmulator(directory: string): Promise<Emulator> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = Background.start({
    command: required('LOCKKEEPER_EMULATOR'),
    args: [],
    env: {
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      HOME: directory,
      TMPDIR: directory,
      // No container engine: the emulator would start databases in it.
      DOCKER_HOST: `unix://${directory}/no-docker.sock`,
    },
    log: join(directory, 'emulator.log'),
    cwd: directory,
  });
  await process.until(() => answers(`${url}/_ministack/health`));
  return { url, stop: () => process.stop() };
}

/** What `cdk bootstrap` leaves in an account and region, as far as deployments look at it. */
export async function bootstrap(url: string, account: string, region: string): Promise<void> {
  const bucket = await fetch(`${url}/cdk-hnb659fds-assets-${account}-${region}`, {
    method: 'PUT',
    headers: { Authorization: authorization(account, region, 's3') },
  });
  const parameter = await fetch(url, {
    method: 'POST',
    headers: {
      Authorization: authorization(account, region, 'ssm'),
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'AmazonSSM.PutParameter',
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '21', Type: 'String' }),
  });
  for (const answer of [bucket, parameter]) {
    if (!answer.ok) throw new Error(`the emulator's account is not usable: ${answer.status} ${await answer.text()}`);
  }
}

/** One call of CloudFormation's query protocol. */
export async function cloudFormation(
  url: string,
  account: string,
  region: string,
  parameters: Record<string, string>,
): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      Authorization: authorization(account, region, 'cloudformation'),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ Version: '2010-05-15', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters['Action']}: ${answer.status} ${text}`);
  return text;
}

/** The emulator reads account and region from here and checks no signature. */
function authorization(account: string, region: string, service: string): string {
  const scope = `${account}/20260101/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
}
