import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as states from 'aws-cdk-lib/aws-stepfunctions';

const SCHEDULES = [
  ['DailyReset', 'daily-reset', 'cron(0 5 * * ? *)'],
  ['EligibilityExpiration', 'eligibility-expiration', 'rate(1 minute)'],
  ['LeaderboardSnapshot', 'leaderboard-snapshot', 'cron(0 6 * * ? *)'],
  ['SeasonTransition', 'season-transition', 'cron(0 5 1 1,4,7,10 ? *)'],
];

export class WorkflowStack extends Stack {
  constructor(scope, id, { environment, version, data, api, ...props }) {
    super(scope, id, props);
    const failures = new sqs.CfnQueue(this, 'Failures', {
      queueName: `trivia-nft-${version.failuresQueue}-${environment}`,
      messageRetentionPeriod: 1209600,
    });
    const step = (logicalId, name) =>
      new lambda.Function(this, logicalId, {
        functionName: `trivia-nft-${name}-${environment}`,
        runtime: lambda.Runtime.NODEJS_22_X,
        architecture: lambda.Architecture.ARM_64,
        handler: 'index.handler',
        code: lambda.Code.fromAsset('functions/workflow'),
        role: iam.Role.fromRoleArn(this, `${logicalId}Role`, api.role.roleArn, { mutable: false }),
        memorySize: 512,
        timeout: Duration.seconds(30),
        environment: {
          STEP: name,
          FAILURES_QUEUE_URL: failures.ref,
          VPC_ID: data.vpc.vpcId,
          SECURITY_GROUP_ID: data.lambdaGroup.attrGroupId,
          DATABASE_SECRET_ARN: data.databaseSecret.attrId,
        },
      });
    const validate = step('ValidateEligibility', 'validate-eligibility');
    const submit = step('SubmitTransaction', 'submit-transaction');

    const role = new iam.CfnRole(this, 'MachineRole', {
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
                Resource: [validate.functionArn, submit.functionArn],
              },
            ],
          },
        },
      ],
    });
    const machine = (logicalId, name) =>
      new states.CfnStateMachine(this, logicalId, {
        stateMachineName: `trivia-nft-${name}-workflow-${environment}`,
        roleArn: role.attrArn,
        definitionString: Stack.of(this).toJsonString({
          StartAt: 'Validate',
          TimeoutSeconds: 600,
          States: {
            Validate: { Type: 'Task', Resource: validate.functionArn, Next: 'Submit' },
            Submit: { Type: 'Task', Resource: submit.functionArn, End: true },
          },
        }),
      });
    const mint = machine('MintWorkflow', 'mint');
    const forge = machine('ForgeWorkflow', 'forge');

    new CfnOutput(this, 'MintStateMachineArn', {
      value: mint.ref,
      exportName: `${environment}-MintStateMachineArn`,
    });
    new CfnOutput(this, 'ForgeStateMachineArn', {
      value: forge.ref,
      exportName: `${environment}-ForgeStateMachineArn`,
    });
    for (const [logicalId, name, scheduleExpression] of SCHEDULES) {
      const rule = new events.CfnRule(this, `${logicalId}Rule`, {
        name: `trivia-nft-${name}-${environment}`,
        scheduleExpression,
        targets: [{ id: 'Target0', arn: validate.functionArn }],
      });
      new CfnOutput(this, `${logicalId}RuleArn`, { value: rule.attrArn });
    }
  }
}
