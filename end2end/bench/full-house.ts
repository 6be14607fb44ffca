// Ten applications of three environments of twenty stacks: blueprints, and the stacks in the emulator. Nothing is
// written into the database: what the pages show has come the way it always comes, through the poller.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudFormation } from '../tests/support/emulator.ts';
import { ACCOUNT, REGION } from '../tests/support/world.ts';

const APPLICATIONS = Array.from({ length: 10 }, (_, n) => `shop-${n}`);
const ENVIRONMENTS = ['development', 'staging', 'production'];
const STACKS = Array.from({ length: 20 }, (_, n) => `Part${n}`);
export const STACK_COUNT = APPLICATIONS.length * ENVIRONMENTS.length * STACKS.length;

export function writeBlueprints(directory: string): void {
  for (const application of APPLICATIONS) {
    const environments = ENVIRONMENTS.map(
      (name) => `[[environments]]\nname = "${name}"\naccount = "${ACCOUNT}"\nregion = "${REGION}"\n`,
    );
    const stacks = STACKS.map((name) => `[[stacks]]\nname = "${name}"\nname_pattern = "${application}-{stack}-{environment}"\n`);
    const head = `[application]\nname = "${application}"\ndescription = "One of ten."\n`;
    writeFileSync(join(directory, `${application}.toml`), [head, ...environments, ...stacks].join('\n'));
  }
}

export async function createStacks(emulator: string): Promise<void> {
  const template = JSON.stringify({ Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } });
  for (const application of APPLICATIONS) {
    for (const environment of ENVIRONMENTS) {
      for (const stack of STACKS) {
        await cloudFormation(emulator, ACCOUNT, REGION, {
          Action: 'CreateStack',
          StackName: `${application}-${stack}-${environment}`,
          TemplateBody: template,
        });
      }
    }
  }
}
