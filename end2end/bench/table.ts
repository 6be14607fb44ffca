// The rows of the performance table, kept in a file so that several benchmarks make one table.

import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { required } from '../tests/support/settings.ts';

export function record(what: string, figure: string, wanted: string, isMet: boolean): void {
  const path = required('LOCKKEEPER_BENCH_TABLE');
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `| ${what} | ${figure} | ${wanted} | ${isMet ? 'yes' : '**no**'} |\n`);
}
