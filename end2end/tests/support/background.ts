// Programs that run beside the tests. Each has a keeper (xtask/src/keep.sh) that ends it when this process closes the
// keeper's standard input, and this process closes it by ending in whatever way: nothing outlives the tests.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEEPER = new URL('../../xtask/src/keep.sh', import.meta.url).pathname;

export interface Program {
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Receives what the program prints. */
  log: string;
  cwd?: string;
}

export class Background {
  private constructor(
    private readonly keeper: ChildProcess,
    private readonly exited: Promise<unknown>,
    private readonly program: Program,
    private readonly directory: string,
  ) {}

  static start(program: Program): Background {
    const directory = mkdtempSync(join(tmpdir(), 'lockkeeper-keeper-'));
    const log = openSync(program.log, 'a');
    const keeper = spawn('sh', [KEEPER, 'TERM', program.command, ...program.args], {
      env: { ...process.env, ...program.env, KEEP_PID_FILE: join(directory, 'pid') },
      stdio: ['pipe', log, log],
      // Its own group: Ctrl-C reaches the tests, and the keeper then sees the pipe close.
      detached: true,
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    });
    closeSync(log);
    return new Background(keeper, once(keeper, 'exit'), program, directory);
  }

  /** Waits until the program says so, or tells what it printed when it ended before. */
  async until(isReady: () => Promise<boolean>, patience = 30_000, pause = 50): Promise<void> {
    const deadline = Date.now() + patience;
    while (!(await isReady())) {
      if (this.keeper.exitCode !== null) throw new Error(`${this.program.command} ended early:\n${this.printed()}`);
      if (Date.now() > deadline) throw new Error(`${this.program.command} was not ready:\n${this.printed()}`);
      await new Promise((wake) => setTimeout(wake, pause));
    }
  }

  printed(): string {
    return readFileSync(this.program.log, 'utf8');
  }

  /** As a power cut would: no chance to tidy up. */
  async killHard(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.exited;
    this.forget();
  }

  async stop(): Promise<void> {
    this.keeper.stdin?.end();
    await this.exited;
    this.forget();
  }

  get pid(): number {
    return Number(readFileSync(join(this.directory, 'pid'), 'utf8'));
  }

  private forget(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Free now; the program that gets it binds it a moment later. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { redirect: 'manual' })).status < 500;
  } catch {
    return false;
  }
}
