// Runs the load of load.rs, which says what it is.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { required } from '../tests/support/settings.ts';

const run = promisify(execFile);

/** Milliseconds. */
export interface Latencies {
  p50: number;
  p99: number;
  max: number;
  requests: number;
  failures: number;
  bytes: number;
}

export interface Load {
  url: string;
  headers?: Record<string, string>;
  perSecond: number;
  seconds: number;
}

/** As a program of its own: in this process it would wait for the browser's garbage, and the figures with it. */
export async function load({ url, headers = {}, perSecond, seconds }: Load): Promise<Latencies> {
  const named = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const { stdout } = await run(required('LOCKKEEPER_LOAD'), [url, `${perSecond}`, `${seconds}`, ...named]);
  return JSON.parse(stdout) as Latencies;
}
