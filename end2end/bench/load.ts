// An open load: requests leave at their time whether or not earlier ones have come back, as visitors do. Latency counts
// from when a request should have left, so that a stall of the server is not hidden by a stall of this script.

import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';

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

export async function load({ url, headers = {}, perSecond, seconds }: Load): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const total = perSecond * seconds;
  const took: number[] = [];
  let failures = 0;
  let bytes = 0;
  const begun = performance.now();
  const one = (due: number) =>
    new Promise<void>((done) => {
      const request = get(url, { agent, headers }, (answer) => {
        let size = 0;
        answer.on('data', (chunk: Buffer) => (size += chunk.length));
        answer.on('end', () => {
          took.push(performance.now() - due);
          bytes = size;
          if (answer.statusCode !== 200) failures += 1;
          done();
        });
      });
      request.on('error', () => {
        failures += 1;
        done();
      });
    });

  const running: Promise<void>[] = [];
  while (running.length < total) {
    const now = performance.now();
    while (running.length < total) {
      const due = begun + (running.length * 1000) / perSecond;
      if (due > now) break;
      running.push(one(due));
    }
    // Finer than a timer's millisecond would be busy waiting, on the core the server needs.
    await new Promise((wake) => setTimeout(wake, 1));
  }
  await Promise.all(running);
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), requests: total, failures, bytes };
}
