// One Lockkeeper with its surroundings: an AWS emulator, an OpenID provider, a data directory, a blueprint.

import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Background, answers, freePort } from './background.ts';
import { bootstrap, cloudFormation, startEmulator, type Emulator } from './emulator.ts';
import { startProvider, type Provider } from './provider.ts';
import { required } from './settings.ts';

const run = promisify(execFile);
const HERE = new URL('..', import.meta.url).pathname;

export const STACKS = ['Security', 'Data', 'AppConfig', 'Api', 'Workflow', 'Observability', 'Web'];
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** Groups of the people in people.ts, and what they may. */
const ROLES = [
  ['engineers', 'engineer'],
  ['leads', 'lead'],
  ['on-call', 'on-call'],
  ['finance', 'finance'],
  ['admins', 'admin'],
];

export interface WorldOptions {
  /** Further lines of `lockkeeper.toml`, by section. */
  settings?: Record<string, string[]>;
  /** Writes other blueprints than the example into a directory. */
  blueprints?: (directory: string) => void;
  /** Fills the emulator's account before the server starts. */
  stacks?: (emulator: string) => Promise<void>;
}

export class World {
  private constructor(
    readonly directory: string,
    readonly url: string,
    readonly emulator: Emulator,
    private readonly provider: Provider,
    private server: Background,
  ) {}

  static async start(directory: string, options: WorldOptions = {}): Promise<World> {
    mkdirSync(join(directory, 'blueprints'), { recursive: true });
    const blueprints = options.blueprints ?? example;
    blueprints(join(directory, 'blueprints'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const emulator = await startEmulator(directory);
    await bootstrap(emulator.url, ACCOUNT, REGION);
    await options.stacks?.(emulator.url);
    const provider = await startProvider(directory, url);
    writeFileSync(join(directory, 'lockkeeper.toml'), configuration(directory, url, emulator, provider, options));
    const world = new World(directory, url, emulator, provider, launch(directory));
    await world.isUp();
    return world;
  }

  get serverLog(): string {
    return this.server.printed();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.provider.stop();
    await this.emulator.stop();
  }

  /** Pulls the plug and starts again with what is on the disk. */
  async restartAfterPowerCut(): Promise<void> {
    await this.server.killHard();
    this.server = launch(this.directory);
    await this.isUp();
  }

  /** Stops, starts, and answers how many milliseconds passed from the start to the first answer. */
  async restartTimed(): Promise<number> {
    await this.server.stop();
    const begun = performance.now();
    this.server = launch(this.directory);
    await this.server.until(() => answers(`${this.url}/healthz`), 30_000, 2);
    return performance.now() - begun;
  }

  get serverPid(): number {
    return this.server.pid;
  }

  private async isUp(): Promise<void> {
    await this.server.until(() => answers(`${this.url}/readyz`));
  }

  async lockkeeper(args: string[], env: Record<string, string> = {}): Promise<string> {
    const { stdout } = await run(required('LOCKKEEPER_BINARY'), args, {
      cwd: this.directory,
      env: { ...process.env, ...env },
    });
    return stdout.trim();
  }

  /** As a build pipeline does it: from the output of `cdk synth`, with a token. */
  async createRelease(version: string, application = 'trivianft'): Promise<void> {
    const token = await this.lockkeeper(['token', 'create', '--name', 'pipeline', '--role', 'engineer']);
    const assemblies = forEmulator(version, join(this.directory, 'assemblies', version));
    const environments = ['staging', 'production'].flatMap((name) => ['--environment', `${name}=${join(assemblies, name)}`]);
    await this.lockkeeper(
      ['release', 'create', '--application', application, '--version', version, ...environments],
      { LOCKKEEPER_URL: this.url, LOCKKEEPER_TOKEN: token },
    );
  }

  /** How often CloudFormation was told to change a stack. */
  async executions(stack: string): Promise<number> {
    const events = await cloudFormation(this.emulator.url, ACCOUNT, REGION, {
      Action: 'DescribeStackEvents',
      StackName: stack,
    });
    const begun = /<ResourceStatus>(CREATE|UPDATE)_IN_PROGRESS<\/ResourceStatus>/;
    return events
      .split('<member>')
      .filter((event) => event.includes('<ResourceType>AWS::CloudFormation::Stack</ResourceType>') && begun.test(event))
      .length;
  }
}

/** Copies assemblies and leaves out the resource types the emulator does not know: see cdk-app/README.md. */
function forEmulator(version: string, directory: string): string {
  cpSync(join(HERE, '../assemblies', version), directory, { recursive: true });
  for (const environment of ['staging', 'production']) {
    const folder = join(directory, environment);
    const file = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    for (const { properties } of Object.values(manifest.artifacts)) {
      if (!properties?.templateFile) continue;
      const template = JSON.parse(readFileSync(join(folder, properties.templateFile), 'utf8')) as Template;
      if (template.Parameters?.['FullAccount']) properties.parameters = { FullAccount: 'false' };
    }
    writeFileSync(file, JSON.stringify(manifest));
  }
  return directory;
}

interface Manifest {
  artifacts: Record<string, { properties?: { templateFile?: string; parameters?: Record<string, string> } }>;
}

interface Template {
  Parameters?: Record<string, unknown>;
}

function example(blueprints: string): void {
  copyFileSync(join(HERE, 'data/trivianft.toml'), join(blueprints, 'trivianft.toml'));
}

function launch(directory: string): Background {
  return Background.start({
    command: required('LOCKKEEPER_BINARY'),
    args: ['serve', '--config', join(directory, 'lockkeeper.toml')],
    log: join(directory, 'server.log'),
    cwd: directory,
  });
}

function configuration(
  directory: string,
  url: string,
  emulator: Emulator,
  provider: Provider,
  options: WorldOptions,
): string {
  const sections: Record<string, string[]> = {
    server: [`listen = "${new URL(url).host}"`, `public_url = "${url}"`, 'login_attempts_per_minute = 1000'],
    oidc: [`issuer = "${provider.issuer}"`, `client_id = "${provider.clientId}"`, `client_secret = "${provider.clientSecret}"`],
    aws: [
      `endpoint_url = "${emulator.url}"`,
      `access_key_id = "${ACCOUNT}"`,
      'secret_access_key = "test"',
      'poll_fast_secs = 1',
      'poll_slow_secs = 2',
      'calls_per_second = 50',
    ],
    log: ['filter = "info,server=debug"'],
  };
  const key = (line: string) => line.split(' ')[0];
  for (const [name, lines] of Object.entries(options.settings ?? {})) {
    const kept = (sections[name] ?? []).filter((line) => !lines.some((other) => key(other) === key(line)));
    sections[name] = [...kept, ...lines];
  }
  const tables = Object.entries(sections).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`);
  const roles = ROLES.map(([group, role]) => `[[roles]]\ngroup = "${group}"\nrole = "${role}"\n`);
  return `data_dir = "${directory}"\nblueprints_dir = "${directory}/blueprints"\n\n${[...tables, ...roles].join('\n')}`;
}

