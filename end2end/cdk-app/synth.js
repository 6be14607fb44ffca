// Writes ../assemblies/{version}/{environment}: `npm ci && npm run assemblies`.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Tags } from 'aws-cdk-lib';

import { ApiStack } from './stacks/api.js';
import { AppConfigStack } from './stacks/app-config.js';
import { DataStack } from './stacks/data.js';
import { ObservabilityStack } from './stacks/observability.js';
import { SecurityStack } from './stacks/security.js';
import { WebStack } from './stacks/web.js';
import { WorkflowStack } from './stacks/workflow.js';
import { ACCOUNT, ENVIRONMENTS, REGION, VERSIONS } from './versions.js';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

for (const [versionName, version] of Object.entries(VERSIONS)) {
  for (const [environment, settings] of Object.entries(ENVIRONMENTS)) {
    const outdir = `../assemblies/${versionName}/${environment}`;
    rmSync(outdir, { recursive: true, force: true });
    const app = new App({
      outdir,
      treeMetadata: false,
      analyticsReporting: false,
      context: { [`availability-zones:account=${ACCOUNT}:region=${REGION}`]: [`${REGION}a`, `${REGION}b`] },
    });
    const common = {
      environment,
      settings,
      version,
      env: { account: ACCOUNT, region: REGION },
      terminationProtection: settings.deletionProtection,
    };
    const named = (name) => ({ ...common, stackName: `TriviaNFT-${name}-${environment}` });
    const id = (name) => `TriviaNFT-${name}-${environment}`;
    const security = new SecurityStack(app, id('Security'), named('Security'));
    const data = new DataStack(app, id('Data'), named('Data'));
    const appConfig = new AppConfigStack(app, id('AppConfig'), named('AppConfig'));
    const api = new ApiStack(app, id('Api'), { ...named('Api'), security, data, appConfig });
    const workflow = new WorkflowStack(app, id('Workflow'), { ...named('Workflow'), data, api });
    new ObservabilityStack(app, id('Observability'), { ...named('Observability'), api, data, workflow });
    new WebStack(app, id('Web'), { ...named('Web'), security });
    Tags.of(app).add('Project', 'TriviaNFT');
    Tags.of(app).add('Environment', environment);
    app.synth();
    dropMachinePaths(outdir);
  }
}

// Construct metadata and the validation report hold stack traces, that is, paths of the machine that synthesised.
function dropMachinePaths(outdir) {
  for (const name of readdirSync(outdir)) {
    if (name.endsWith('.metadata.json') || name === 'validation-report.json') rmSync(join(outdir, name));
  }
  const file = join(outdir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const artifact of Object.values(manifest.artifacts)) {
    delete artifact.additionalMetadataFile;
    delete artifact.metadata;
  }
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
