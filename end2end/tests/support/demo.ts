// `lockkeeper demo`: everything in one process, nothing around it.

import { join } from 'node:path';
import { Background, answers, freePort } from './background.ts';
import { required } from './settings.ts';

export interface Demo {
  url: string;
  stop(): Promise<void>;
}

export async function startDemo(directory: string): Promise<Demo> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const process = Background.start({
    command: required('LOCKKEEPER_BINARY'),
    args: ['demo', '--port', port, '--data-dir', join(directory, 'demo')],
    log: join(directory, 'demo.log'),
    cwd: directory,
  });
  await process.until(() => answers(`${url}/readyz`));
  return { url, stop: () => process.stop() };
}
