import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as states from 'aws-cdk-lib/aws-stepfunctions';

import { makeFunction } from './functions.js';

// [WFL-1, WFL-2, WFL-4]
const MINT = [
  'validate-eligibility',
  'select-nft',
  'upload-to-ipfs',
  'build-transaction',
  'sign-transaction',
  'submit-transaction',
  'check-confirmation',
  'update-database',
];
const FORGE = [
  'validate-ownership',
  'build-burn-transaction',
  'sign-burn-transaction',
  'submit-burn-transaction',
  'check-burn-confirmation',
  'build-ultimate-mint',
  'sign-ultimate-mint',
  'submit-ultimate-mint',
  'check-ultimate-confirmation',
  'update-forge-record',
];
// [WFL-5]
const SCHEDULES = [
  ['daily-reset', 'cron(0 5 * * ? *)'],
  ['eligibility-expiration', 'rate(1 minute)'],
  ['leaderboard-snapshot', 'cron(0 6 * * ? *)'],
  ['season-transition', 'cron(0 5 1 1,4,7,10 ? *)'],
];
const IN_NETWORK = ['validate-eligibility', 'select-nft', 'submit-transaction', 'update-database', 'validate-ownership', 'update-forge-record'];
const SECONDS = { 'upload-to-ipfs': 120, 'daily-reset': 300, 'leaderboard-snapshot': 300, 'eligibility-expiration': 120, 'season-transition': 600 };
const MEMORY = { 'upload-to-ipfs': 1024, 'season-transition': 1024 };

const pascal = (name) => name.replaceAll(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());

export class WorkflowStack extends Stack {
  constructor(scope, id, { environment, version, data, api, ...props }) {
    super(scope, id, props);
    const failures = new sqs.CfnQueue(this, 'Failures', {
      queueName: `trivia-nft-${version.failuresQueue}-${environment}`,
      messageRetentionPeriod: 1209600,
    });
    const role = iam.Role.fromRoleArn(this, 'FunctionRole', api.role.roleArn, { mutable: false });
    const step = (name) =>
      makeFunction(this, pascal(name), {
        name: `trivia-nft-${name}-${environment}`,
        version,
        code: 'functions/workflow',
        data: IN_NETWORK.includes(name) || SCHEDULES.some(([other]) => other === name) ? data : undefined,
        isTraced: version.tracesWorkflows,
        role,
        memorySize: MEMORY[name] ?? 512,
        seconds: SECONDS[name] ?? 30,
        environment: {
          STEP: name,
          FAILURES_QUEUE_URL: failures.ref,
          DATABASE_SECRET_ARN: data.databaseSecret.attrId,
        },
      });
    const mintSteps = MINT.map(step);
    const forgeSteps = FORGE.map(step);

    const machineRole = new iam.CfnRole(this, 'MachineRole', {
      assumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      policies: [
        {
          policyName: 'Invoke',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'lambda:InvokeFunction',
                Resource: [...mintSteps, ...forgeSteps].map((handler) => handler.functionArn),
              },
            ],
          },
        },
      ],
    });
    // [WFL-3] Every task is tried three times more, and ends in the failure state.
    const tasks = (names, handlers, failure) =>
      Object.fromEntries(
        names.map((name, i) => [
          pascal(name),
          {
            Type: 'Task',
            Resource: handlers[i].functionArn,
            Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }],
            Catch: [{ ErrorEquals: ['States.ALL'], Next: failure }],
            ...(i + 1 < names.length ? { Next: pascal(names[i + 1]) } : { End: true }),
          },
        ]),
      );
    const machine = (logicalId, name, seconds, names, handlers, failure) => {
      const log = new logs.CfnLogGroup(this, `${logicalId}Log`, {
        logGroupName: `/aws/stepfunctions/${name}-workflow-${environment}`,
        retentionInDays: 30,
      });
      return new states.CfnStateMachine(this, logicalId, {
        // [WFL-7] Mended: the original's names do not carry the environment.
        stateMachineName: `trivia-nft-${name}-workflow-${environment}`,
        roleArn: machineRole.attrArn,
        tracingConfiguration: { enabled: true },
        loggingConfiguration: {
          level: 'ALL',
          includeExecutionData: true,
          destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.attrArn } }],
        },
        definitionString: Stack.of(this).toJsonString({
          StartAt: pascal(names[0]),
          TimeoutSeconds: seconds,
          States: { ...tasks(names, handlers, failure), [failure]: { Type: 'Fail', Error: failure } },
        }),
      });
    };
    this.mint = machine('MintWorkflow', 'mint', 600, MINT, mintSteps, 'MintError');
    this.forge = machine('ForgeWorkflow', 'forge', 900, FORGE, forgeSteps, 'ForgeError');

    const output = (logicalId, value) =>
      new CfnOutput(this, logicalId, { value, exportName: `${environment}-${logicalId}` });
    output('MintStateMachineArn', this.mint.ref);
    output('ForgeStateMachineArn', this.forge.ref);
    for (const [name, scheduleExpression] of SCHEDULES) {
      const handler = step(name);
      const rule = new events.CfnRule(this, `${pascal(name)}Rule`, {
        name: `trivia-nft-${name}-${environment}`,
        scheduleExpression,
        state: 'ENABLED',
        targets: [{ id: 'Target0', arn: handler.functionArn }],
      });
      new lambda.CfnPermission(this, `${pascal(name)}Permission`, {
        action: 'lambda:InvokeFunction',
        functionName: handler.functionName,
        principal: 'events.amazonaws.com',
        sourceArn: rule.attrArn,
      });
      new CfnOutput(this, `${pascal(name)}RuleArn`, { value: rule.attrArn });
    }
  }
}
